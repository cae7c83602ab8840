import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MnistError } from '../../src/mnist/errors.ts'
import { MAX_COUNT, parseIdxImages, parseIdxLabels } from '../../src/mnist/idx.ts'
import { concat, errorOf, flipped, idx, idxImages, idxLabels, noise } from './fixtures.ts'

describe('IDX images', () => {
  it('are read from plain and from gzip bytes alike', async () => {
    const expected = { count: 3, pixels: noise(3 * 784) }
    expect(await parseIdxImages(idxImages(3))).toEqual(expected)
    expect(await parseIdxImages(new Uint8Array(gzipSync(idxImages(3))))).toEqual(expected)
  })

  it('may be none at all', async () => {
    expect(await parseIdxImages(idxImages(0))).toEqual({ count: 0, pixels: new Uint8Array() })
  })

  it('are read from a view into a larger buffer', async () => {
    const larger = concat(noise(5), idxImages(2), noise(7))
    expect((await parseIdxImages(larger.subarray(5, larger.length - 7))).pixels).toEqual(noise(2 * 784))
  })

  it('share no memory with the bytes they were read from', async () => {
    const bytes = idxImages(1)
    const { pixels } = await parseIdxImages(bytes)
    bytes.fill(0)
    expect(pixels).toEqual(noise(784))
    expect(pixels.buffer.byteLength).toBe(784)
  })

  it('cut short inside the header are refused with the length', async () => {
    const error = await errorOf(() => parseIdxImages(idxImages(1).subarray(0, 15), 'a.idx'), 'idx-truncated')
    expect(error).toMatchObject({ file: 'a.idx', offset: 15, expected: 16, actual: 15 })
    expect(error.message).toBe('a.idx: IDX images, offset 15: bytes of header: expected 16, found 15')
  })

  it('cut short inside the pixels are refused where they end', async () => {
    const error = await errorOf(() => parseIdxImages(idxImages(2).subarray(0, 1000)), 'idx-truncated')
    expect(error).toMatchObject({ offset: 1000, expected: 16 + 2 * 784, actual: 1000 })
  })

  it('with a byte too many are refused where it stands', async () => {
    const error = await errorOf(() => parseIdxImages(concat(idxImages(1), noise(1))), 'idx-trailing-bytes')
    expect(error).toMatchObject({ offset: 800, expected: 800, actual: 801 })
  })

  it('with a wrong magic number are refused', async () => {
    const error = await errorOf(() => parseIdxImages(idx(0x0d03, [1, 28, 28], noise(784))), 'idx-wrong-magic')
    expect(error).toMatchObject({ offset: 0, expected: '0x00000803', actual: '0x00000d03' })
  })

  it('that are a labels file are refused by that name', async () => {
    const labels = idxLabels(Array.from({ length: 20 }, () => 1))
    expect((await errorOf(() => parseIdxImages(labels), 'idx-wrong-magic')).message).toContain('this is a labels file')
  })

  it('of another size than 28 x 28 are refused', async () => {
    const error = await errorOf(() => parseIdxImages(idx(0x803, [1, 32, 32], noise(1024))), 'idx-wrong-dimensions')
    expect(error).toMatchObject({ offset: 8, expected: '28 x 28', actual: '32 x 32' })
  })

  it('that claim more than a million are refused on the count alone', async () => {
    for (const count of [MAX_COUNT + 1, 2 ** 32 - 1]) {
      const error = await errorOf(() => parseIdxImages(idx(0x803, [count, 28, 28], noise(784))), 'idx-count-too-large')
      expect(error).toMatchObject({ offset: 4, actual: count })
    }
  })

  it('that claim more than there are are refused without allocating for them', async () => {
    const error = await errorOf(() => parseIdxImages(idx(0x803, [MAX_COUNT, 28, 28], noise(784))), 'idx-truncated')
    expect(error).toMatchObject({ expected: 16 + MAX_COUNT * 784, actual: 800 })
  })

  it('in a damaged gzip file are refused, naming the file', async () => {
    const packed = new Uint8Array(gzipSync(idxImages(1)))
    const error = await errorOf(() => parseIdxImages(packed.subarray(0, 500), 'b.gz'), 'gzip-corrupt')
    expect(error).toMatchObject({ file: 'b.gz' })
    expect(error.cause).toBeInstanceOf(Error)
  })
})

describe('IDX labels', () => {
  it('are read from plain and from gzip bytes alike', async () => {
    const labels = [0, 9, 5, 5]
    expect(await parseIdxLabels(idxLabels(labels))).toEqual(Uint8Array.from(labels))
    expect(await parseIdxLabels(new Uint8Array(gzipSync(idxLabels(labels))))).toEqual(Uint8Array.from(labels))
  })

  it('above 9 are refused at the first of them', async () => {
    const error = await errorOf(() => parseIdxLabels(idxLabels([3, 10, 11]), 'l.idx'), 'label-out-of-range')
    expect(error).toMatchObject({ file: 'l.idx', offset: 9, expected: '0 to 9', actual: 10 })
  })

  it('cut short, too long or miscounted are refused', async () => {
    await errorOf(() => parseIdxLabels(new Uint8Array()), 'idx-truncated')
    await errorOf(() => parseIdxLabels(idxLabels([1, 2]).subarray(0, 9)), 'idx-truncated')
    await errorOf(() => parseIdxLabels(concat(idxLabels([1, 2]), noise(1))), 'idx-trailing-bytes')
    await errorOf(() => parseIdxLabels(idx(0x801, [MAX_COUNT + 1], noise(9))), 'idx-count-too-large')
  })

  it('that are an images file are refused by that name', async () => {
    const error = await errorOf(() => parseIdxLabels(idxImages(1)), 'idx-wrong-magic')
    expect(error).toMatchObject({ expected: '0x00000801', actual: '0x00000803' })
    expect(error.message).toContain('this is an images file')
  })

  it('with any one header bit flipped never pass, and fail with a typed error', async () => {
    const bytes = idxLabels([1, 2, 3])
    for (let offset = 0; offset < 8; offset++) {
      const failure = await parseIdxLabels(flipped(bytes, offset)).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(MnistError)
    }
  })
})

describe('arbitrary bytes', () => {
  it('are either a labels file or a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.boolean(), async (body, framed) => {
        const bytes = framed ? idx(0x801, [body.length], body) : body
        const result = await parseIdxLabels(bytes).catch((error: unknown) => error)
        if (result instanceof Uint8Array) expect(result).toEqual(bytes.slice(8))
        else expect(result).toBeInstanceOf(MnistError)
      }),
      { seed: 11, numRuns: 300 },
    )
  })
})
