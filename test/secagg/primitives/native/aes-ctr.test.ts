import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as node from '../../../../src/secagg/primitives/native/node.ts'
import type { CtrKeystream } from '../../../../src/secagg/primitives/native/port.ts'
import * as portable from '../../../../src/secagg/primitives/native/portable.ts'
import { expectUsageError, hex, seededBytes, toHex } from '../support.ts'

type OpenStream = (key: Uint8Array) => CtrKeystream

const platforms: [string, OpenStream][] = [
  ['node', node.aes128Ctr],
  ['WebCrypto', portable.aes128Ctr],
  ['noble', portable.nobleAes128Ctr],
]

async function read(stream: CtrKeystream, firstBlock: number | bigint, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length).fill(0xaa) // what was there must not shine through
  await stream.keystream(firstBlock, out)
  return out
}

afterEach(() => vi.unstubAllGlobals())

describe.each(platforms)('AES-128-CTR of %s', (_name, open) => {
  test('encrypts the example of SP 800-38A, F.5.1', async () => {
    const stream = open(hex('2b7e151628aed2a6abf7158809cf4f3c'))
    const plaintext = hex(
      '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51' +
        '30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710',
    )
    const keystream = await read(stream, 0xf0f1f2f3f4f5f6f7f8f9fafbfcfdfeffn, 64)
    expect(toHex(plaintext.map((byte, i) => byte ^ keystream[i]!))).toBe(
      '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff' +
        '5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee',
    )
  })

  test('begins with the blocks that the examples of GCM (McGrew and Viega, cases 1 and 2) encrypt under key zero', async () => {
    expect(toHex(await read(open(new Uint8Array(16)), 0, 48))).toBe(
      '66e94bd4ef8a2c3b884cfa59ca342b2e58e2fccefa7e3061367f1d57a4e7455a0388dace60b6a392f328c2b971b2fe78',
    )
  })

  test('can be read from any block on, in any order, and gives the same bytes', async () => {
    const key = seededBytes(1)(16)
    const whole = await read(open(key), 0, 4_096)
    const stream = open(key)
    for (const [block, length] of [
      [0, 64],
      [4, 100],
      [11, 16],
      [10, 5],
      [11, 33],
      [255, 16],
      [0, 4_096],
    ] as const) {
      expect(await read(stream, block, length)).toEqual(whole.subarray(16 * block, 16 * block + length))
    }
  })

  test('carries the counter across 2^32, 2^64 and around 2^128', async () => {
    const stream = open(seededBytes(2)(16))
    for (const edge of [2n ** 32n, 2n ** 64n, 2n ** 128n]) {
      const across = await read(stream, edge - 2n, 64)
      expect(across.subarray(0, 32)).toEqual(await read(stream, edge - 2n, 32))
      expect(across.subarray(32)).toEqual(await read(stream, edge % 2n ** 128n, 32))
    }
    expect(await read(stream, 2 ** 40 + 3, 32)).toEqual(await read(stream, 2n ** 40n + 3n, 32))
  })

  test('writes into the view it was given and nowhere else, aligned or not', async () => {
    const stream = open(seededBytes(3)(16))
    const expected = await read(stream, 7, 50)
    for (const offset of [0, 1, 4, 7]) {
      const buffer = new Uint8Array(64)
      await stream.keystream(7, buffer.subarray(offset, offset + 50))
      expect(buffer.subarray(offset, offset + 50)).toEqual(expected)
      expect(buffer.subarray(0, offset)).toEqual(new Uint8Array(offset))
      expect(buffer.subarray(offset + 50)).toEqual(new Uint8Array(14 - offset))
    }
  })

  test('gives no keystream when none is asked for', async () => {
    expect(await read(open(new Uint8Array(16)), 5, 0)).toEqual(new Uint8Array(0))
  })

  test('refuses keys of other sizes', () => {
    for (const length of [0, 15, 24, 32]) expectUsageError(() => open(new Uint8Array(length)), 'bad-length')
  })

  test.each([-1, -1n, 0.5, Number.NaN, 2 ** 53, 2n ** 128n])('refuses block number %s', async block => {
    const attempt = async (length: number) => open(new Uint8Array(16)).keystream(block, new Uint8Array(length))
    await expect(attempt(16)).rejects.toMatchObject({ name: 'UsageError', code: 'bad-block-number' })
    await expect(attempt(0)).rejects.toMatchObject({ name: 'UsageError', code: 'bad-block-number' })
  })
})

test('all three agree on any key, block and length', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })),
      fc.nat({ max: 300 }),
      async (key, block, length) => {
        const reference = toHex(await read(portable.nobleAes128Ctr(key), block, length))
        expect(toHex(await read(node.aes128Ctr(key), block, length))).toBe(reference)
        expect(toHex(await read(portable.aes128Ctr(key), block, length))).toBe(reference)
      },
    ),
    { seed: 3, numRuns: 60 },
  )
})

test('all three agree beyond the size of their chunks', async () => {
  const key = seededBytes(4)(16)
  const length = portable.KEYSTREAM_CHUNK_BYTES + node.KEYSTREAM_CHUNK_BYTES + 21
  const fromNode = await read(node.aes128Ctr(key), 2 ** 32 - 9, length)
  for (const open of [portable.aes128Ctr, portable.nobleAes128Ctr]) {
    const out = await read(open(key), 2 ** 32 - 9, length)
    expect(out.findIndex((byte, i) => byte !== fromNode[i])).toBe(-1)
  }
})

test('where the page has no WebCrypto, noble stands in', async () => {
  for (const platform of [undefined, {}]) {
    vi.stubGlobal('crypto', platform)
    const out = new Uint8Array(16)
    expect(portable.aes128Ctr(new Uint8Array(16)).keystream(0, out)).toBeUndefined()
    expect(toHex(out)).toBe('66e94bd4ef8a2c3b884cfa59ca342b2e')
  }
})

test('chunks are whole blocks', () => {
  for (const { KEYSTREAM_CHUNK_BYTES } of [node, portable]) expect(KEYSTREAM_CHUNK_BYTES % 16).toBe(0)
})
