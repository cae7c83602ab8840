import { describe, expect, test } from 'vitest'
import { batchGradient } from '../../src/cnn/gradients.ts'
import { type Engine, loadEngine, type NetworkName } from '../../src/cnn/index.ts'
import { initialParameters, NETWORKS, schemaOf } from '../../src/cnn/networks.ts'
import { upload } from '../../src/cnn/tensors.ts'
import { realDigits } from './digits.ts'
import { referenceGradients } from './reference.ts'
import { relativeError } from './relative-error.ts'

const wasm = await loadEngine('wasm')
const cpu = await loadEngine('cpu')
const digits = realDigits(1)

const TOLERANCE = 1e-5

function gradientsOn(engine: Engine, name: NetworkName, parameters: Float32Array, size: number) {
  const weights = upload(engine, schemaOf(NETWORKS[name]), parameters)
  let loss = 0
  const gradients: Float32Array[] = []
  engine.run(() => {
    const indices = Uint32Array.from({ length: size }, (_, i) => i)
    const batch = batchGradient(engine, NETWORKS[name], weights, digits, indices)
    loss = batch.loss / size
    for (const gradient of batch.gradients) gradients.push(gradient.dataSync<'float32'>())
  })
  engine.tf.dispose([...weights])
  return { loss, gradients }
}

/** Biases that are not zero, so that none of their paths is idle. */
function someParameters(name: NetworkName): Float32Array {
  return initialParameters(schemaOf(NETWORKS[name]), 11).map(value => value || 0.01)
}

describe.each([
  ['small', 4],
  ['pysyft', 2],
  ['mcmahan', 1],
] as const)('the gradients of %s on wasm, over %i of the digits', (name, size) => {
  const schema = schemaOf(NETWORKS[name])
  const parameters = someParameters(name)
  const mine = gradientsOn(wasm, name, parameters, size)

  test('agree tensor by tensor with the definition in double precision', () => {
    const few = { images: digits.images, labels: digits.labels, length: size }
    const exact = referenceGradients(NETWORKS[name], schema, parameters, few)
    expect(mine.loss).toBeCloseTo(exact.loss, 5)
    schema.forEach((tensor, i) => {
      expect(relativeError(mine.gradients[i]!, exact.gradients[i]!), tensor.name).toBeLessThan(TOLERANCE)
    })
  })

  test('agree tensor by tensor with the cpu backend', () => {
    const theirs = gradientsOn(cpu, name, parameters, size)
    expect(mine.loss).toBeCloseTo(theirs.loss, 5)
    schema.forEach((tensor, i) => {
      expect(relativeError(mine.gradients[i]!, theirs.gradients[i]!), tensor.name).toBeLessThan(TOLERANCE)
    })
  })
})
