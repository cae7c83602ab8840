import { isWellFormed, shown } from './check.ts'
import { FederatedError } from './errors.ts'
import { duplicateKey } from './json-keys.ts'
import { adoptModel, assertModel, type Model, parameterCount, type TensorSpec, writeFloat32s } from './model.ts'

// The safetensors format (https://github.com/huggingface/safetensors, "Format"): a little-endian 64-bit header length,
// a JSON header of { name: { dtype, shape, data_offsets: [begin, end] } } with offsets into the rest of the file, and
// the tensors' bytes, little-endian and row-major, without gaps or overlaps.

const LENGTH_BYTES = 8
const ALIGNMENT = 8
const FLOAT_BYTES = 4
const METADATA = '__metadata__'

/** The limit of the reference implementation, which refuses what is larger. */
const MAX_HEADER_BYTES = 100_000_000

interface Entry {
  readonly spec: TensorSpec
  readonly begin: number
  readonly end: number
}

/**
 * A model as a safetensors file, which Python, Rust and browsers read too. The same model and metadata always give the
 * same bytes.
 *
 * @param metadata free text by name, e.g. `{ network: 'mcmahan', rounds: '20' }`
 * @throws {FederatedError} what `createModel` throws; `model-file-unsupported` for a tensor named `__metadata__`;
 *   `invalid-option` for metadata that is not text
 */
export function encodeSafetensors(model: Model, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  assertModel(model)
  const header = encodeHeader(model.schema, metadata)
  const bytes = new Uint8Array(LENGTH_BYTES + header.length + FLOAT_BYTES * model.parameters.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(header, LENGTH_BYTES)
  writeFloat32s(bytes, LENGTH_BYTES + header.length, model.parameters)
  return bytes
}

/**
 * Reads a safetensors file of F32 tensors. Every length and offset is checked before anything of its size is
 * allocated. The schema is in the order of the data, which is that of the model that was written.
 *
 * @throws {FederatedError} `model-file-malformed` for bytes that are not a safetensors file: truncated, trailing bytes,
 *   overlapping or holed offsets, duplicate keys; `model-file-unsupported` for another dtype or an empty tensor; and
 *   what `createModel` throws
 */
export function decodeSafetensors(bytes: Uint8Array): {
  readonly model: Model
  readonly metadata: Readonly<Record<string, string>>
} {
  const { header, dataStart } = readHeader(bytes)
  const metadata = readMetadata(header[METADATA])
  const tensors = Object.entries(header).filter(([name]) => name !== METADATA)
  const entries = tensors.map(([name, value]) => readEntry(name, value)).sort((a, b) => a.begin - b.begin)
  checkTiling(entries, bytes.length - dataStart)
  const data = new DataView(bytes.buffer, bytes.byteOffset + dataStart)
  const parameters = new Float32Array((bytes.length - dataStart) / FLOAT_BYTES)
  for (let i = 0; i < parameters.length; i++) parameters[i] = data.getFloat32(FLOAT_BYTES * i, true)
  return {
    model: adoptModel(
      entries.map(entry => entry.spec),
      parameters,
    ),
    metadata,
  }
}

/** Written by hand, not as an object: an object would move names such as "0" to the front. */
function encodeHeader(schema: readonly TensorSpec[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const members: string[] = []
  const texts = Object.entries(metadata)
  for (const [key, value] of texts) {
    if (typeof value === 'string' && isWellFormed(key) && isWellFormed(value)) continue
    throw new FederatedError('invalid-option', `The metadata "${key}" must be well-formed text, not ${shown(value)}.`)
  }
  if (texts.length > 0) members.push(`"${METADATA}":${JSON.stringify(metadata)}`)
  let begin = 0
  for (const spec of schema) {
    if (spec.name === METADATA) throw unsupported(`a tensor cannot be named "${METADATA}"; rename it`)
    const end = begin + FLOAT_BYTES * parameterCount([spec])
    const info = JSON.stringify({ dtype: 'F32', shape: spec.shape, data_offsets: [begin, end] })
    members.push(`${JSON.stringify(spec.name)}:${info}`)
    begin = end
  }
  const header = new TextEncoder().encode(`{${members.join(',')}}`)
  const padded = new Uint8Array(Math.ceil(header.length / ALIGNMENT) * ALIGNMENT).fill(0x20)
  padded.set(header)
  if (padded.length <= MAX_HEADER_BYTES) return padded
  throw unsupported(`the header would have ${padded.length} bytes; the limit is ${MAX_HEADER_BYTES}`)
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (!(bytes instanceof Uint8Array)) throw malformed(`a Uint8Array is needed, not ${shown(bytes)}`)
  if (bytes.length < LENGTH_BYTES) throw malformed(`it has ${bytes.length} bytes; a header length alone has 8`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > MAX_HEADER_BYTES) throw malformed(`its header claims ${length} bytes; the limit is ${MAX_HEADER_BYTES}`)
  const dataStart = LENGTH_BYTES + Number(length)
  if (dataStart > bytes.length) {
    throw malformed(`it is truncated: the header should end at byte ${dataStart}, the file at ${bytes.length}`)
  }
  return { header: parseHeader(bytes.subarray(LENGTH_BYTES, dataStart)), dataStart }
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    header = JSON.parse(text)
  } catch (cause) {
    throw malformed('its header is not JSON in UTF-8', cause)
  }
  if (!text.startsWith('{') || !isObject(header)) throw malformed('its header does not begin with "{"')
  const twice = duplicateKey(text)
  if (twice !== undefined) throw malformed(`its header has the key "${twice}" twice`)
  return header
}

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {}
  if (!isObject(value)) throw malformed(`its ${METADATA} is not an object`)
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw malformed(`its metadata "${key}" is ${shown(text)}, not text`)
    // JSON can spell half a character, which no UTF-8 file can hold: it could not be written again.
    if (!isWellFormed(key) || !isWellFormed(text)) throw malformed('its metadata is not well-formed text')
  }
  return value as Record<string, string>
}

function readEntry(name: string, value: unknown): Entry {
  const fields = isObject(value) ? Object.keys(value).sort().join() : ''
  if (!isObject(value) || fields !== 'data_offsets,dtype,shape') {
    throw malformed(`tensor "${name}" does not have exactly dtype, shape and data_offsets`)
  }
  const { dtype, shape, data_offsets: offsets } = value
  if (dtype !== 'F32') throw unsupported(`tensor "${name}" is not of dtype F32; convert it first`)
  if (!isSizes(shape)) throw malformed(`the shape of tensor "${name}" is not an array of sizes`)
  if (shape.includes(0)) throw unsupported(`tensor "${name}" is empty; remove it first`)
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw malformed(`the data_offsets of tensor "${name}" are not [begin, end]`)
  }
  const [begin, end] = offsets as [number, number]
  const expected = shape.reduce((product, size) => product * size, FLOAT_BYTES)
  if (end - begin !== expected) {
    throw malformed(`tensor "${name}" spans ${end - begin} bytes, but its shape needs ${expected}`)
  }
  return { spec: { name, shape }, begin, end }
}

function checkTiling(entries: readonly Entry[], dataBytes: number): void {
  let at = 0
  for (const { spec, begin, end } of entries) {
    if (begin < at) throw malformed(`tensor "${spec.name}" begins at ${begin}, inside the tensor before it`)
    if (begin > at) throw malformed(`no tensor covers bytes ${at} to ${begin} before tensor "${spec.name}"`)
    at = end
  }
  if (at > dataBytes) throw malformed(`it is truncated: the tensors need ${at} bytes and ${dataBytes} are there`)
  if (at < dataBytes) throw malformed(`it has ${dataBytes - at} trailing bytes after the last tensor`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(size => Number.isSafeInteger(size) && size >= 0)
}

function malformed(what: string, cause?: unknown): FederatedError {
  const message = `Not a safetensors file: ${what}. Fetch or write it again.`
  return new FederatedError('model-file-malformed', message, { cause })
}

function unsupported(what: string): FederatedError {
  return new FederatedError('model-file-unsupported', `Not a model file for this library: ${what}.`)
}
