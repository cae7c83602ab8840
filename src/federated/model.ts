import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { firstNonFinite, isWellFormed, shown } from './check.ts'
import { FederatedError } from './errors.ts'

/** One tensor of a model. A shape of `[]` is a scalar; every dimension is at least 1. */
export interface TensorSpec {
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * A model as the federated layer sees it: its parameters in one flat vector, tensor after tensor in the order of the
 * schema, each in row-major (C) order. Whatever machine-learning library holds the network, this is what travels.
 */
export interface Model {
  readonly schema: readonly TensorSpec[]
  readonly parameters: Float32Array
}

/** A parameter's position must fit the 32-bit counters of the protocol. */
const MAX_PARAMETERS = 2 ** 32 - 1

/** Parameters hashed at once: small enough to need no second copy of a large model. */
const HASH_CHUNK = 16_384

const utf8 = new TextEncoder()

/**
 * A model of its own: schema and parameters are copied, so that later writes by the caller do not reach it.
 *
 * @param parameters one finite number for every element of every tensor, in schema order
 * @throws {FederatedError} `invalid-schema` (no tensors, a duplicate or empty name, a dimension that is not a positive
 *   integer), `parameters-misfit` (wrong length or type) or `non-finite-parameter`
 */
export function createModel(schema: readonly TensorSpec[], parameters: Float32Array): Model {
  if (parameters instanceof Float32Array) parameters = parameters.slice()
  return adoptModel(schema, parameters)
}

/** {@link createModel} for parameters that nobody else holds: they are not copied. */
export function adoptModel(schema: readonly TensorSpec[], parameters: Float32Array): Model {
  assertModel({ schema, parameters })
  const copy = schema.map(({ name, shape }) => Object.freeze({ name, shape: Object.freeze([...shape]) }))
  return Object.freeze({ schema: Object.freeze(copy), parameters })
}

/** Checks any object that claims to be a model. Throws what {@link createModel} throws. */
export function assertModel(model: Model): void {
  const expected = parameterCount(model?.schema)
  const { parameters } = model
  if (!(parameters instanceof Float32Array)) {
    throw new FederatedError('parameters-misfit', `Parameters must be a Float32Array, not ${shown(parameters)}.`)
  }
  if (parameters.length !== expected) {
    throw new FederatedError(
      'parameters-misfit',
      `The schema has ${expected} parameters but ${parameters.length} were given. Pass one flat vector in schema order.`,
    )
  }
  const position = firstNonFinite(parameters)
  if (position >= 0) {
    throw new FederatedError(
      'non-finite-parameter',
      `Parameter ${position} (${tensorAt(model.schema, position)}) is not finite. The training that made it has diverged.`,
    )
  }
}

/**
 * How many parameters a schema has: the sum over its tensors of the product of their dimensions.
 *
 * @throws {FederatedError} `invalid-schema`
 */
export function parameterCount(schema: readonly TensorSpec[]): number {
  if (!Array.isArray(schema) || schema.length === 0) {
    throw new FederatedError('invalid-schema', 'A schema must be an array of at least one { name, shape }.')
  }
  const names = new Set<string>()
  let total = 0
  for (const [index, spec] of schema.entries()) {
    checkSpec(spec, index)
    if (names.has(spec.name)) {
      throw new FederatedError('invalid-schema', `Two tensors are named "${spec.name}". Give each its own name.`)
    }
    names.add(spec.name)
    total += elements(spec)
  }
  if (total <= MAX_PARAMETERS) return total
  throw new FederatedError('invalid-schema', `The schema has more than ${MAX_PARAMETERS} parameters.`)
}

/**
 * One tensor of the model, flat, as a view: what is written to it is written to the model.
 *
 * @throws {FederatedError} `unknown-tensor` when the schema has no tensor of that name
 */
export function tensor(model: Model, name: string): Float32Array {
  let offset = 0
  for (const spec of model.schema) {
    const length = elements(spec)
    if (spec.name === name) return model.parameters.subarray(offset, offset + length)
    offset += length
  }
  const known = model.schema.map(spec => spec.name).join(', ')
  throw new FederatedError('unknown-tensor', `The model has no tensor "${name}". It has: ${known}.`)
}

/**
 * A new model, `parameters + delta`. Each sum is computed in double precision and rounded to single once.
 *
 * @throws {FederatedError} `delta-misfit` when the lengths differ or an entry is not finite, `non-finite-parameter` when
 *   a sum leaves the range of single precision
 */
export function applyDelta(model: Model, delta: ArrayLike<number>): Model {
  const { schema, parameters } = model
  if (delta.length !== parameters.length) {
    throw new FederatedError(
      'delta-misfit',
      `The model has ${parameters.length} parameters but the delta has ${delta.length} entries.`,
    )
  }
  const position = firstNonFinite(delta)
  if (position >= 0) {
    throw new FederatedError('delta-misfit', `Entry ${position} of the delta is not finite. The model is unchanged.`)
  }
  const sum = new Float32Array(parameters.length)
  for (let i = 0; i < sum.length; i++) sum[i] = parameters[i]! + delta[i]!
  return adoptModel(schema, sum)
}

/**
 * What a model *is*, in 64 hex digits: SHA-256 over its schema in one canonical encoding (counts, name lengths and
 * dimensions as little-endian 32-bit integers, names in UTF-8) and its parameters as little-endian float32. Equal
 * hashes mean {@link modelsEqual}; 0 and -0 differ.
 *
 * @throws {FederatedError} what {@link createModel} throws
 */
export function modelHash(model: Model): string {
  assertModel(model)
  const hash = sha256.create().update(utf8.encode('secagg/model/v1'))
  hash.update(uint32s([model.schema.length]))
  for (const { name, shape } of model.schema) {
    const text = utf8.encode(name)
    hash.update(uint32s([text.length])).update(text)
    hash.update(uint32s([shape.length, ...shape]))
  }
  for (let start = 0; start < model.parameters.length; start += HASH_CHUNK) {
    const part = model.parameters.subarray(start, start + HASH_CHUNK)
    const bytes = new Uint8Array(4 * part.length)
    writeFloat32s(bytes, 0, part)
    hash.update(bytes)
  }
  return bytesToHex(hash.digest())
}

/** Whether two models have the same schema and the same parameters, bit for bit. */
export function modelsEqual(a: Model, b: Model): boolean {
  if (a.schema.length !== b.schema.length || a.parameters.length !== b.parameters.length) return false
  const sameSchema = a.schema.every((spec, i) => sameSpec(spec, b.schema[i]!))
  return sameSchema && a.parameters.every((value, i) => Object.is(value, b.parameters[i]))
}

/** Writes numbers as little-endian float32 on any machine. */
export function writeFloat32s(bytes: Uint8Array, offset: number, values: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 4 * values.length)
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true)
}

function sameSpec(a: TensorSpec, b: TensorSpec): boolean {
  return a.name === b.name && a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i])
}

function elements(spec: TensorSpec): number {
  return spec.shape.reduce((product, size) => product * size, 1)
}

function checkSpec(spec: TensorSpec, index: number): void {
  const name = spec?.name
  if (typeof name !== 'string' || name === '' || !isWellFormed(name)) {
    throw new FederatedError('invalid-schema', `Tensor ${index} needs a name that is a non-empty, well-formed string.`)
  }
  if (!Array.isArray(spec.shape)) {
    throw new FederatedError(
      'invalid-schema',
      `The shape of tensor "${name}" must be an array, not ${shown(spec.shape)}.`,
    )
  }
  for (const size of spec.shape) {
    if (Number.isSafeInteger(size) && size >= 1) continue
    throw new FederatedError(
      'invalid-schema',
      `The shape of tensor "${name}" has the dimension ${shown(size)}. Dimensions are integers of at least 1.`,
    )
  }
}

function tensorAt(schema: readonly TensorSpec[], position: number): string {
  let end = 0
  const found = schema.find(spec => {
    end += elements(spec)
    return position < end
  })
  return `in tensor "${found?.name}"`
}

function uint32s(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true)
  return bytes
}
