import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError, UsageError } from '../../../src/secagg/errors.ts'
import { Reader, Writer } from '../../../src/secagg/messages/codec.ts'
import { clientId } from './arbitraries.ts'
import { be, errorOf, join, SEED } from './support.ts'

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer()
  write(writer)
  return writer.finish()
}

const reader = (...parts: Parameters<typeof join>) => new Reader(join(...parts), 'test')

describe('Writer', () => {
  it('writes integers big-endian', () => {
    const bytes = written(w => {
      w.u8(0x01)
      w.u16(0x0203)
      w.u32(0x04050607)
      w.u64(0x08090a0b0c0d0e)
    })
    expect(bytes).toEqual(join(1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10, 11, 12, 13, 14))
  })

  it('reaches the largest value of every width', () => {
    const bytes = written(w => {
      w.u8(0xff)
      w.u16(0xffff)
      w.u32(0xffffffff)
      w.u64(Number.MAX_SAFE_INTEGER)
    })
    expect(bytes).toEqual(join(be(0xff, 1), be(0xffff, 2), be(0xffffffff, 4), be(Number.MAX_SAFE_INTEGER, 8)))
  })

  it.each(['u8', 'u16', 'u32', 'u64'] as const)('%s refuses what is no integer of its width', method => {
    const end = { u8: 2 ** 8, u16: 2 ** 16, u32: 2 ** 32, u64: 2 ** 53 }[method]
    for (const value of [-1, 0.5, Number.NaN, end, Number.POSITIVE_INFINITY]) {
      const error = errorOf(() => new Writer()[method](value, 'count'))
      expect(error).toBeInstanceOf(UsageError)
      expect(error).toMatchObject({ code: 'bad-field' })
      expect((error as Error).message).toContain(`count cannot be encoded`)
    }
  })

  it('grows at any field', () => {
    for (let start = 240; start <= 256; start++) {
      const bytes = written(w => {
        w.fixed(new Uint8Array(start))
        w.u8(1)
        w.u16(2)
        w.u32(3)
        w.u64(4)
        w.list32([5], item => w.u8(item))
      })
      expect(bytes.subarray(start)).toEqual(join(1, be(2, 2), be(3, 4), be(4, 8), be(1, 4), 5))
    }
  })

  it('puts text behind the number of its UTF-8 bytes', () => {
    expect(written(w => w.text8('aü'))).toEqual(join(3, 'a', 0xc3, 0xbc))
    expect(() => new Writer().text8('x'.repeat(256))).toThrow('0 to 255 bytes')
  })

  it.each(['\ud800', 'a\udc00', '\udc00\ud800'])('refuses text with an unpaired surrogate (case %#)', text => {
    expect(() => new Writer().text8(text, 'sender')).toThrow(UsageError)
    expect(() => new Writer().text8(text, 'sender')).toThrow('sender cannot be encoded: it has an unpaired surrogate')
  })

  it('puts bytes behind a 16-bit length', () => {
    expect(written(w => w.opaque16(join(7, 8)))).toEqual(join(0, 2, 7, 8))
    expect(() => new Writer().opaque16(new Uint8Array(65536), 'blob')).toThrow('the length of blob')
  })

  it('refuses fixed bytes of another length', () => {
    expect(() => new Writer().fixed(new Uint8Array(31), 32, 'root')).toThrow(
      'root cannot be encoded: it takes 32 bytes',
    )
  })

  it('hands out a copy, so that later fields do not change earlier results', () => {
    const writer = new Writer()
    writer.u8(1)
    const first = writer.finish()
    writer.u8(2)
    expect(first).toEqual(join(1))
    expect(writer.finish()).toEqual(join(1, 2))
  })
})

describe('Reader', () => {
  it('reads integers big-endian', () => {
    const r = reader(1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10, 11, 12, 13, 14)
    expect([r.u8('a'), r.u16('b'), r.u32('c'), r.u64('d')]).toEqual([1, 0x0203, 0x04050607, 0x08090a0b0c0d0e])
    expect(r.remaining).toBe(0)
  })

  it('stops at the end of its window, not at the end of the bytes', () => {
    const window = new Reader(join(1, 2, 3, 4), 'test', 1, 3)
    expect(window.u8('a')).toBe(2)
    expect(errorOf(() => window.u16('b'))).toMatchObject({
      code: 'truncated',
      message: 'test: b at byte 2: 2 bytes are wanted, 1 are left',
    })
    expect(window.u8('b')).toBe(3)
  })

  it('takes integers up to 2^53 - 1 and refuses those beyond', () => {
    expect(reader(be(Number.MAX_SAFE_INTEGER, 8)).u64('n')).toBe(Number.MAX_SAFE_INTEGER)
    for (const value of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect(errorOf(() => reader(be(value, 8)).u64('n'))).toMatchObject({ code: 'integer-out-of-range' })
    }
  })

  it('refuses integers above the limit given', () => {
    expect(reader(be(9, 4)).u32('n', 9)).toBe(9)
    expect(errorOf(() => reader(be(10, 4)).u32('n', 9))).toMatchObject({ code: 'beyond-limit' })
    expect(errorOf(() => reader(be(10, 8)).u64('n', 9))).toMatchObject({ code: 'beyond-limit' })
  })

  it('copies small fields, even out of a Node buffer, and views bulk', () => {
    const source = Buffer.from([1, 2, 3, 4])
    const r = new Reader(source, 'test')
    const copy = r.fixed('copy', 2)
    const view = r.view('view', 2)
    source.fill(9)
    expect(copy).toEqual(join(1, 2))
    expect(view).toEqual(join(9, 9))
    expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype)
    expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype)
  })

  it('reads back every id that can be written', () => {
    fc.assert(
      fc.property(clientId, id => {
        const bytes = written(w => w.text8(id, 'id', 1, 64))
        expect(new Reader(bytes, 'test').id8('id', 64)).toBe(id)
      }),
      { seed: SEED },
    )
  })

  it('keeps a byte order mark, which is a part of the id', () => {
    expect(reader(4, 0xef, 0xbb, 0xbf, 'a').id8('id', 64)).toBe('\ufeffa')
  })

  it.each([
    ['a stray continuation byte', [0x80]],
    ['an overlong encoding', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['half a character', [0xc3]],
  ])('refuses %s in an id', (_, bytes) => {
    expect(errorOf(() => reader(bytes.length, bytes).id8('id', 64))).toMatchObject({ code: 'bad-utf8' })
  })

  it('refuses an empty id and one that is too long', () => {
    expect(errorOf(() => reader(0).id8('id', 64))).toMatchObject({ code: 'empty-id' })
    expect(errorOf(() => reader(65, 'x'.repeat(65)).id8('id', 64))).toMatchObject({ code: 'id-too-long' })
  })

  it('refuses a flag that is neither 0 nor 1', () => {
    expect(reader(0).optional('o', () => 1)).toBeUndefined()
    expect(reader(1).optional('o', () => 1)).toBe(1)
    expect(errorOf(() => reader(2).optional('o', () => 1))).toMatchObject({ code: 'bad-flag' })
  })

  it('confines the items of a list to the length of the list', () => {
    const r = reader(be(4, 4), 0, 1, 0, 2, 0xff)
    expect(r.list32('list', 2, items => items.u16('item'))).toEqual([1, 2])
    expect(r.u8('after')).toBe(0xff)
    const odd = reader(be(3, 4), 0, 1, 0, 2)
    expect(errorOf(() => odd.list32('list', 2, items => items.u16('item')))).toMatchObject({ code: 'truncated' })
  })

  it('stops at the first item above the limit', () => {
    let read = 0
    const count = (items: Reader) => {
      read++
      return items.u8('item')
    }
    expect(errorOf(() => reader(be(4, 4), 1, 2, 3, 4).list32('list', 2, count))).toMatchObject({ code: 'beyond-limit' })
    expect(read).toBe(2)
  })

  it('refuses a list that is longer than what is left', () => {
    const error = errorOf(() => reader(be(0xffffffff, 4), 1).list32('list', 9, items => items.u8('item')))
    expect(error).toMatchObject({ code: 'truncated' })
  })

  it('says what was left over, and where', () => {
    const r = reader(1, 2, 3)
    r.u8('a')
    const error = errorOf(() => r.finish('trailing-bytes', 'header'))
    expect(error).toBeInstanceOf(DecodeError)
    expect((error as Error).message).toBe('test: header at byte 1: 2 bytes are left over')
  })
})
