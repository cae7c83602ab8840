import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** A picture in grey, 8 bits per pixel, row by row from 0 (black) to 255 (white), as a PNG in a `data:` address. */
export function pngAddress(pixels: Uint8Array, width: number): string {
  return `data:image/png;base64,${Buffer.from(png(pixels, width)).toString('base64')}`
}

/** The PNG file itself (ISO/IEC 15948): header, pixels, end. The last row is filled up with white. */
export function png(pixels: Uint8Array, width: number): Uint8Array {
  const height = Math.max(1, Math.ceil(pixels.length / width))
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  // 8 bits per sample; colour type 0 (grey), compression, filter and interlace methods are 0 too.
  header[8] = 8
  // Each row begins with the type of its filter, which is 0: none.
  const rows = new Uint8Array(height * (width + 1)).fill(255)
  for (let y = 0; y < height; y++) {
    rows[y * (width + 1)] = 0
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  }
  return concatenated([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)))
  return bytes
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
