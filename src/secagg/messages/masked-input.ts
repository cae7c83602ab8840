import { packBitsInto, packedLength, unpackBits } from '../encoding/pack.ts'
import { MAX_MODULUS_BITS, RingVector } from '../encoding/ring.ts'
import { type Reader, unencodable, Writer } from './codec.ts'
import type { MessageLimits } from './limits.ts'
import { type EncodedParts, readOrigin, writeOrigin } from './parts.ts'

/** Bytes of a SHA-256 digest. */
const DIGEST_BYTES = 32

/** Client to server, round MaskedInputCollection: one range of the masked vector (y). Long vectors travel in several. */
export interface MaskedInput {
  readonly type: 'MaskedInput'
  readonly session: Uint8Array
  readonly sender: string
  /** Entries of the whole vector. */
  readonly vectorLength: number
  /** Index of this range's first entry in the whole vector. */
  readonly firstEntry: number
  /**
   * `maskedInputDigest` of the whole vector: 32 bytes, over T1, U2 and all entries, little-endian in lanes of 4 bytes (8
   * above 32 bits).
   */
  readonly digest: Uint8Array
  /** The entries of this range. */
  readonly range: RingVector
}

/** The range is packed only when its place in the frame is known. @throws UsageError `bad-field`. */
export function encodeMaskedInput(message: MaskedInput): EncodedParts {
  const { vectorLength, firstEntry, range } = message
  if (firstEntry + range.length > vectorLength) {
    throw unencodable('range', `${range.length} entries from ${firstEntry} on exceed the ${vectorLength} of the vector`)
  }
  if (range.length === 0 && vectorLength > 0) throw unencodable('range', 'it is empty')
  const writer = new Writer()
  writeOrigin(writer, message)
  writer.u64(vectorLength, 'vectorLength')
  writer.u64(firstEntry, 'firstEntry')
  writer.u64(range.length, 'rangeEntries')
  writer.u8(range.modulusBits, 'modulusBits')
  writer.fixed(message.digest, DIGEST_BYTES, 'digest')
  return {
    header: writer.finish(),
    bodyLength: packedLength(range.length, range.modulusBits),
    writeBody: target => packBitsInto(range, target),
  }
}

/**
 * With a modulus of 32 bits and an aligned frame the range is a view on the frame; else it is a copy.
 *
 * @throws DecodeError
 */
export function decodeMaskedInput(header: Reader, body: Reader, limits: MessageLimits): MaskedInput {
  const origin = readOrigin(header)
  const vectorLength = header.u64('vectorLength', limits.vectorLength)
  const firstEntry = header.u64('firstEntry')
  const entries = readRangeEntries(header, vectorLength, firstEntry, limits)
  const modulusBits = readModulusBits(header, limits)
  const digest = header.fixed('digest', DIGEST_BYTES)
  const range = readRange(body, entries, modulusBits)
  return { type: 'MaskedInput', ...origin, vectorLength, firstEntry, digest, range }
}

function readRangeEntries(header: Reader, vectorLength: number, firstEntry: number, limits: MessageLimits): number {
  const at = header.offset
  const entries = header.u64('rangeEntries', limits.maxRangeEntries ?? limits.vectorLength)
  if (firstEntry + entries > vectorLength) {
    const problem = `${entries} entries from ${firstEntry} on exceed the ${vectorLength} of the vector`
    throw header.error('range-out-of-bounds', 'rangeEntries', problem, at)
  }
  // Only a vector without entries has a range without entries: else one could be sent for ever.
  if (entries === 0 && vectorLength > 0) throw header.error('empty-range', 'rangeEntries', 'the range is empty', at)
  return entries
}

function readModulusBits(header: Reader, limits: MessageLimits): number {
  const at = header.offset
  const modulusBits = header.u8('modulusBits')
  if (modulusBits < 1 || modulusBits > MAX_MODULUS_BITS) {
    throw header.error('bad-modulus', 'modulusBits', `${modulusBits} is not from 1 to ${MAX_MODULUS_BITS}`, at)
  }
  if (modulusBits > limits.modulusBits) {
    const problem = `${modulusBits} is above this session's limit of ${limits.modulusBits}`
    throw header.error('beyond-limit', 'modulusBits', problem, at)
  }
  return modulusBits
}

function readRange(body: Reader, entries: number, modulusBits: number): RingVector {
  const length = packedLength(entries, modulusBits)
  if (body.remaining !== length) {
    const problem = `${entries} entries of ${modulusBits} bits take ${length} bytes, not ${body.remaining}`
    throw body.error('bad-body-length', 'range', problem)
  }
  const last = body.offset + length - 1
  const bytes = body.view('range', length)
  const used = (entries * modulusBits) % 8
  if (used !== 0 && bytes[length - 1]! >>> used !== 0) {
    throw body.error('non-zero-padding', 'range', `bits after its ${entries} entries are set`, last)
  }
  if (modulusBits === 32 && bytes.byteOffset % 4 === 0) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, entries)
    return RingVector.fromWords(words, entries, modulusBits)
  }
  return unpackBits(bytes, entries, modulusBits)
}
