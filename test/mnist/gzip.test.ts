import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gunzip, isGzip } from '../../src/mnist/gzip.ts'
import { concat, errorOf, flipped, noise, sha256 } from './fixtures.ts'

const content = noise(300_000)
const packed = new Uint8Array(gzipSync(content))

describe('a gzip file', () => {
  it('is told by its first two bytes', () => {
    expect(isGzip(packed)).toBe(true)
    expect(isGzip(Uint8Array.of(0, 0, 8, 3))).toBe(false)
    expect(isGzip(Uint8Array.of(0x1f))).toBe(false)
  })

  it('comes out as it went in', async () => {
    expect(sha256(await gunzip(packed, 'f', content.length))).toBe(sha256(content))
    expect(await gunzip(new Uint8Array(gzipSync(new Uint8Array())), 'f', 0)).toEqual(new Uint8Array())
  })

  it.each([2, 10, 19, 1000, packed.length - 8, packed.length - 1])('cut to %i bytes is corrupt', async length => {
    const error = await errorOf(() => gunzip(packed.subarray(0, length), 'f.gz', content.length), 'gzip-corrupt')
    expect(error).toMatchObject({ file: 'f.gz' })
    expect(error.message).toMatch(/^f\.gz: gzip file .*; get a fresh copy$/)
  })

  it('with a wrong CRC-32 or a wrong length in its trailer is corrupt', async () => {
    await errorOf(() => gunzip(flipped(packed, -6), 'f', content.length), 'gzip-corrupt')
    await errorOf(() => gunzip(flipped(packed, -2), 'f', content.length), 'gzip-corrupt')
  })

  it.each([
    ['zeros', new Uint8Array(6)],
    ['rubbish', noise(6)],
    ['another member', packed],
  ])('followed by %s is corrupt on every engine', async (_, tail) => {
    await errorOf(() => gunzip(concat(packed, tail), 'f', 2 * content.length), 'gzip-corrupt')
  })

  it('that grows beyond the limit is refused long before it is done', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)))
    const error = await errorOf(() => gunzip(bomb, 'bomb.gz', 1000), 'gzip-too-large')
    expect(error).toMatchObject({ file: 'bomb.gz', expected: 1000 })
  })
})
