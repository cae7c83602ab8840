import { DecodeError, UsageError } from '../errors.ts'
import {
  ENCODING_BLOCK,
  type EncodingKernel,
  encodingKernel,
  INPUT,
  OUTPUT,
  padded,
} from './kernels/encoding-kernel.ts'
import { checkRingShape, lanesOf, RingVector, topMask } from './ring.ts'

/** Bytes that {@link packBits} makes of `length` entries of `modulusBits` bits. @throws UsageError on a bad shape. */
export function packedLength(length: number, modulusBits: number): number {
  checkRingShape(length, modulusBits)
  return Math.ceil((length * modulusBits) / 8)
}

/**
 * Packs a ring vector into b = `modulusBits` bits per entry, least significant bit first, with zero bits up to the
 * next byte. The encoding is canonical: bits above b are dropped, so equal vectors give equal bytes.
 */
export function packBits(vector: RingVector): Uint8Array {
  const packed = new Uint8Array(packedLength(vector.length, vector.modulusBits))
  packBitsInto(vector, packed)
  return packed
}

/** {@link packBits} to where the bytes shall be. @throws UsageError unless there is room for exactly so many. */
export function packBitsInto(vector: RingVector, target: Uint8Array): void {
  const { length, modulusBits, words } = vector
  const size = packedLength(length, modulusBits)
  if (target.length !== size) {
    throw new UsageError('packed-room', `the packed vector takes ${size} bytes, not the ${target.length} of its target`)
  }
  const kernel = encodingKernel()
  if (modulusBits === 32) target.set(bytesOf(words, size))
  else if (kernel !== undefined && modulusBits > 1) packByKernel(kernel, vector, target)
  else packPlainly(vector, target)
}

/**
 * The inverse of {@link packBits}. The bytes are copied: the vector shares no memory with the message it came in.
 * @throws DecodeError when there are too few or too many bytes, or a padding bit is set. UsageError on a bad shape.
 */
export function unpackBits(bytes: Uint8Array, length: number, modulusBits: number): RingVector {
  checkPacked(bytes, length, modulusBits)
  const words = new Uint32Array(length * lanesOf(modulusBits))
  const kernel = encodingKernel()
  if (modulusBits === 32) bytesOf(words, bytes.length).set(bytes)
  else if (kernel !== undefined && modulusBits > 1) unpackByKernel(kernel, bytes, modulusBits, words)
  else unpackPlainly(bytes, modulusBits, words)
  return RingVector.fromWords(words, length, modulusBits)
}

function checkPacked(bytes: Uint8Array, length: number, modulusBits: number): void {
  const size = packedLength(length, modulusBits)
  if (bytes.length !== size) {
    throw new DecodeError(
      'packed-length',
      `${length} entries of ${modulusBits} bits pack into ${size} bytes, not ${bytes.length}`,
    )
  }
  const used = (length * modulusBits) % 8
  if (used !== 0 && bytes[size - 1]! >>> used !== 0) {
    throw new DecodeError('packed-padding', `a padding bit is set in the last of ${size} packed bytes`)
  }
}

function bytesOf(words: Uint32Array, size: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, size)
}

/** Whole blocks of entries end where a byte does. */
function packByKernel(
  kernel: EncodingKernel,
  { words, lanes, length, modulusBits }: RingVector,
  target: Uint8Array,
): void {
  const pack32 = modulusBits % 2 === 0 ? kernel.packEven32 : kernel.packOdd32
  const pack = lanes === 1 ? pack32 : kernel.pack64
  for (let from = 0; from < length; from += ENCODING_BLOCK) {
    const count = Math.min(ENCODING_BLOCK, length - from)
    kernel.inputWords.set(words.subarray(from * lanes, (from + count) * lanes))
    pack(INPUT, OUTPUT, lanes === 1 ? padded(kernel.inputWords, count, 8) : count, modulusBits)
    const size = Math.ceil((count * modulusBits) / 8)
    target.set(kernel.outputBytes.subarray(0, size), (from * modulusBits) / 8)
  }
}

function unpackByKernel(kernel: EncodingKernel, bytes: Uint8Array, b: number, words: Uint32Array): void {
  const lanes = lanesOf(b)
  const unpack = lanes === 1 ? kernel.unpack32 : kernel.unpack64
  const length = words.length / lanes
  for (let from = 0; from < length; from += ENCODING_BLOCK) {
    const count = Math.min(ENCODING_BLOCK, length - from)
    kernel.inputBytes.set(bytes.subarray((from * b) / 8, Math.ceil(((from + count) * b) / 8)))
    unpack(INPUT, OUTPUT, count, b)
    words.set(kernel.outputWords.subarray(0, count * lanes), from * lanes)
  }
}

function packPlainly({ words, lanes, modulusBits }: RingVector, target: Uint8Array): void {
  const packed = new Uint32Array(Math.ceil(target.length / 4))
  if (lanes === 1) packSingle(words, modulusBits, packed)
  else packDouble(words, modulusBits - 32, packed)
  target.set(bytesOf(packed, target.length))
}

function unpackPlainly(bytes: Uint8Array, b: number, words: Uint32Array): void {
  if (b === 24) {
    unpackTriples(bytes, words)
    return
  }
  // One word more than needed, so that the word after the last one can always be read.
  const packed = new Uint32Array(Math.ceil(bytes.length / 4) + 1)
  new Uint8Array(packed.buffer).set(bytes)
  if (b < 32) unpackSingle(packed, b, words)
  else unpackDouble(packed, b - 32, words)
}

/** Entries of b < 32 bits: `partial` holds the low `fill` bits of the word being filled. */
function packSingle(words: Uint32Array, b: number, packed: Uint32Array): void {
  const mask = topMask(b)
  let partial = 0
  let fill = 0
  let at = 0
  for (let i = 0; i < words.length; i++) {
    const value = words[i]! & mask
    partial |= value << fill
    fill += b
    if (fill >= 32) {
      packed[at++] = partial
      fill -= 32
      // What did not fit: nothing, when the entry ended exactly here, since value < 2^b.
      partial = value >>> (b - fill)
    }
  }
  if (fill > 0) packed[at] = partial
}

function unpackSingle(packed: Uint32Array, b: number, words: Uint32Array): void {
  const mask = topMask(b)
  let at = 0
  let offset = 0
  for (let i = 0; i < words.length; i++) {
    let value = packed[at]! >>> offset
    const end = offset + b
    // Here offset > 0, since b < 32: the shift below stays within 1 to 31.
    if (end > 32) value |= packed[at + 1]! << (32 - offset)
    words[i] = value & mask
    at += end >>> 5
    offset = end & 31
  }
}

/**
 * Entries of 24 bits, four to three words: a third of the time of {@link unpackSingle}, for the width of many sums. Reads
 * a message where it lies, as its body is aligned: a copy would cost as much again.
 */
function unpackTriples(bytes: Uint8Array, words: Uint32Array): void {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  const packed = new Uint32Array(buffer, byteOffset, Math.floor(length / 4))
  const whole = words.length - (words.length % 4)
  for (let i = 0, at = 0; i < whole; i += 4, at += 3) {
    const first = packed[at]!
    const second = packed[at + 1]!
    const third = packed[at + 2]!
    words[i] = first & 0xffffff
    words[i + 1] = (first >>> 24) | ((second << 8) & 0xffffff)
    words[i + 2] = (second >>> 16) | ((third << 16) & 0xffffff)
    words[i + 3] = third >>> 8
  }
  for (let i = whole; i < words.length; i++) {
    words[i] = bytes[3 * i]! | (bytes[3 * i + 1]! << 8) | (bytes[3 * i + 2]! << 16)
  }
}

/** Entries of 32 + `highBits` bits: a whole low word, which leaves the fill as it is, then 1 to 30 high bits. */
function packDouble(words: Uint32Array, highBits: number, packed: Uint32Array): void {
  const mask = topMask(highBits)
  let partial = 0
  let fill = 0
  let at = 0
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i]!
    packed[at++] = partial | (low << fill)
    // A shift by 32 would be one by 0.
    partial = fill === 0 ? 0 : low >>> (32 - fill)
    const high = words[i + 1]! & mask
    partial |= high << fill
    fill += highBits
    if (fill >= 32) {
      packed[at++] = partial
      fill -= 32
      partial = high >>> (highBits - fill)
    }
  }
  if (fill > 0) packed[at] = partial
}

function unpackDouble(packed: Uint32Array, highBits: number, words: Uint32Array): void {
  const mask = topMask(highBits)
  let at = 0
  let offset = 0
  for (let i = 0; i < words.length; i += 2) {
    const next = packed[at + 1]!
    words[i] = offset === 0 ? packed[at]! : (packed[at]! >>> offset) | (next << (32 - offset))
    let high = next >>> offset
    const end = offset + highBits
    if (end > 32) high |= packed[at + 2]! << (32 - offset)
    words[i + 1] = high & mask
    at += 1 + (end >>> 5)
    offset = end & 31
  }
}
