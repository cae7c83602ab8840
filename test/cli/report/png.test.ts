import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { png, pngAddress } from '../../../src/cli/report/png.ts'

test('a picture is a PNG of its size whose rows are the pixels, the last one filled up', () => {
  const file = png(Uint8Array.of(1, 2, 3, 4, 5), 3)
  const view = new DataView(file.buffer)
  expect([view.getUint32(16), view.getUint32(20), file[24], file[25]]).toEqual([3, 2, 8, 0])
  const length = view.getUint32(33)
  expect(Array.from(inflateSync(file.subarray(41, 41 + length)))).toEqual([0, 1, 2, 3, 0, 4, 5, 255])
  // The checksum that ends every PNG.
  expect(Array.from(file.subarray(-4))).toEqual([0xae, 0x42, 0x60, 0x82])
})

test('its address holds it whole', () => {
  const [, base64 = ''] = pngAddress(Uint8Array.of(7), 1).split(',')
  expect(Buffer.from(base64, 'base64')).toEqual(Buffer.from(png(Uint8Array.of(7), 1)))
})
