import { CnnError, type CnnErrorCode } from './errors.ts'
import { CLASSES, IMAGE_SIZE, parameterCountOf, type Schema } from './networks.ts'
import type { ImageData, Model, TrainSettings } from './types.ts'

/** @throws CnnError `model-mismatch` when the model is not one of this schema, or holds a number that is not finite. */
export function checkModel(model: Model, name: string, schema: Schema): void {
  const refuse = (problem: string): never => {
    throw new CnnError('model-mismatch', `This is not a model of the network '${name}': ${problem}.`)
  }
  if (!(model.parameters instanceof Float32Array)) refuse('its parameters are no Float32Array')
  if (model.schema.length !== schema.length) refuse(`it has ${model.schema.length} tensors, not ${schema.length}`)
  schema.forEach((tensor, index) => {
    const given = describe(model.schema[index]!)
    if (given !== describe(tensor)) refuse(`tensor ${index} is ${given}, not ${describe(tensor)}`)
  })
  const count = parameterCountOf(schema)
  if (model.parameters.length !== count) refuse(`it has ${model.parameters.length} parameters, not ${count}`)
  const index = firstNonFinite(model.parameters)
  if (index >= 0) refuse(`parameter ${index} is ${model.parameters[index]}`)
}

function describe(tensor: Schema[number]): string {
  return `${tensor.name} [${tensor.shape.join(', ')}]`
}

/** The index of the first number that is infinite or NaN, or -1. */
export function firstNonFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i
  return -1
}

/** @throws CnnError `no-examples` when there are none, `bad-data` when pictures, labels and length do not fit together. */
export function checkData(data: ImageData): void {
  const { images, labels, length } = data
  if (length === 0) throw new CnnError('no-examples', 'There are no examples: at least one picture is needed.')
  checkImages(images)
  if (images.length !== length * IMAGE_SIZE || labels.length !== length) {
    const found = `${images.length} bytes of pictures and ${labels.length} labels`
    throw new CnnError(
      'bad-data',
      `${length} examples are ${length * IMAGE_SIZE} bytes of pictures and ${length} labels, not ${found}.`,
    )
  }
  const stray = labels.findIndex(label => label >= CLASSES)
  if (stray >= 0) throw new CnnError('bad-data', `Label ${stray} is ${labels[stray]}: labels are digits, 0 to 9.`)
}

/** @throws CnnError `bad-data` when the bytes are no whole number of pictures. */
export function checkImages(images: Uint8Array): void {
  if (!(images instanceof Uint8Array)) throw new CnnError('bad-data', 'Pictures are bytes, in a Uint8Array.')
  if (images.length % IMAGE_SIZE !== 0) {
    throw new CnnError('bad-data', `${images.length} bytes are no whole number of pictures of ${IMAGE_SIZE} bytes.`)
  }
}

/** @throws CnnError `bad-setting`, naming the setting, its value and what it may be. */
export function checkSettings(settings: TrainSettings): void {
  const { epochs, batchSize, learningRate, momentum = 0, proximal = 0 } = settings
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1
  require(isCount(epochs), 'epochs', epochs, 'an integer, at least 1')
  require(batchSize === 'all' || isCount(batchSize), 'batchSize', batchSize, "an integer, at least 1, or 'all'")
  require(Number.isFinite(learningRate) && learningRate > 0, 'learningRate', learningRate, 'a finite number above 0')
  require(momentum >= 0 && momentum < 1, 'momentum', momentum, 'a number from 0 to below 1')
  require(Number.isFinite(proximal) && proximal >= 0, 'proximal', proximal, 'a finite number, at least 0')
  checkSeed(settings.seed)
}

/** @throws CnnError `bad-setting` unless the seed is a safe integer, at least 0. */
export function checkSeed(seed: number): void {
  require(Number.isSafeInteger(seed) && seed >= 0, 'seed', seed, 'an integer from 0 to 2^53 - 1')
}

/** @throws CnnError `bad-setting` unless it is a number of threads. */
export function checkThreads(threads: number): void {
  require(Number.isSafeInteger(threads) && threads >= 1, 'threads', threads, 'an integer, at least 1')
}

function require(condition: boolean, name: string, value: unknown, expected: string): void {
  const code: CnnErrorCode = 'bad-setting'
  if (!condition) throw new CnnError(code, `${name} is ${String(value)}: it must be ${expected}.`)
}
