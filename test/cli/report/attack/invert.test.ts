import { beforeAll, describe, expect, test } from 'vitest'
import { invertGradient } from '../../../../src/cli/report/attack/invert.ts'
import { gradient, PARAMETERS, probabilities } from '../../../../src/cli/report/attack/softmax-layer.ts'
import { correlation } from '../../../../src/cli/report/statistics.ts'
import { experimentRandom } from '../../../../src/index.ts'
import { type ImageDataset, loadSample } from '../../../../src/mnist/index.ts'

let digits: ImageDataset

function layer(seed: number): Float32Array {
  const random = experimentRandom(seed)
  return Float32Array.from({ length: PARAMETERS }, () => 0.05 * random.normal())
}

function pixelsOf(index: number): Float64Array {
  return Float64Array.from(digits.images.subarray(784 * index, 784 * (index + 1)), byte => byte / 255)
}

beforeAll(async () => {
  digits = (await loadSample()).train
})

describe('the gradient of one dense layer', () => {
  test('is the slope of the loss, as small differences show', () => {
    const parameters = Float64Array.from(layer(3))
    const pixels = pixelsOf(5)
    const label = digits.labels[5]!
    const loss = () => -Math.log(probabilities(parameters, pixels)[label]!)
    const slopes = gradient(parameters, pixels, label)
    const inked = pixels.findIndex(pixel => pixel > 0.5)
    for (const k of [10 * inked, 10 * inked + label, PARAMETERS - 10, PARAMETERS - 1]) {
      const was = parameters[k]!
      parameters[k] = was + 1e-5
      const above = loss()
      parameters[k] = was - 1e-5
      const below = loss()
      parameters[k] = was
      expect((above - below) / 2e-5).toBeCloseTo(slopes[k]!, 6)
    }
  })
})

describe('gradient inversion', () => {
  test.each([0, 1, 2, 3])('finds digit %i and its label in the gradient in clear', index => {
    const parameters = layer(index)
    const observed = gradient(parameters, pixelsOf(index), digits.labels[index]!)
    const { pixels, label } = invertGradient(parameters, observed, 100 + index)
    expect(correlation(pixels, pixelsOf(index))).toBeGreaterThan(0.99)
    expect(label).toBe(digits.labels[index])
  })

  test('finds nothing in uniform noise', () => {
    const parameters = layer(1)
    const random = experimentRandom(2)
    const observed = Float64Array.from({ length: PARAMETERS }, () => 2 * random.uniform() - 1)
    const { pixels } = invertGradient(parameters, observed, 3)
    expect(Math.abs(correlation(pixels, pixelsOf(0)))).toBeLessThan(0.2)
  })
})
