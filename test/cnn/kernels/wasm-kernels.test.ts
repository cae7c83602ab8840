import type { NamedAttrMap, NamedTensorMap, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Engine, loadEngine, type Shape4D } from '../../../src/cnn/index.ts'
import { sizeOf } from '../../../src/cnn/networks.ts'
import { SeededRandom } from '../../../src/cnn/random.ts'
import { relativeError } from '../relative-error.ts'

const wasm = await loadEngine('wasm')
const cpu = await loadEngine('cpu')

/** Numbers in [-1, 1). */
function randoms(length: number, seed: number): Float32Array {
  const random = new SeededRandom(seed)
  return Float32Array.from({ length }, () => 2 * random.nextUnit() - 1)
}

function on(engine: Engine, compute: (tensor: (shape: number[], seed: number) => Tensor4D) => Tensor): Float32Array {
  return engine.run(() => {
    const make = (shape: number[], seed: number): Tensor4D =>
      engine.tf.tensor(
        randoms(
          shape.reduce((a, b) => a * b),
          seed,
        ),
        shape as [number, number, number, number],
      )
    return compute(make).dataSync<'float32'>()
  })
}

const kernel = (engine: Engine, name: string, inputs: NamedTensorMap, attributes: NamedAttrMap) =>
  engine.tf.engine().runKernel(name, inputs, attributes) as Tensor4D

describe('Conv2DBackpropFilter on wasm', () => {
  test('agrees with the cpu backend for all sizes, strides and paddings', () => {
    const side = fc.integer({ min: 5, max: 11 })
    const few = fc.integer({ min: 1, max: 3 })
    const pad = fc.constantFrom('same' as const, 'valid' as const, 1)
    fc.assert(
      fc.property(
        fc.tuple(few, side, side, few, few),
        fc.tuple(few, few),
        fc.tuple(few, few),
        pad,
        (sizes, [fh, fw], strides, pad) => {
          const [batch, height, width, channels, filters] = sizes
          const filterShape: [number, number, number, number] = [fh, fw, channels, filters]
          const x = [batch, height, width, channels]
          const y = wasm.tf.backend_util.computeConv2DInfo(
            x as [number, number, number, number],
            filterShape,
            strides,
            1,
            pad,
          )
          const gradient = (engine: Engine) =>
            on(engine, make =>
              kernel(
                engine,
                'Conv2DBackpropFilter',
                { x: make(x, 1), dy: make(y.outShape, 2) },
                {
                  strides,
                  pad,
                  dataFormat: 'NHWC',
                  filterShape,
                },
              ),
            )
          expect(relativeError(gradient(wasm), gradient(cpu))).toBeLessThan(1e-5)
        },
      ),
      { numRuns: 60, seed: 1 },
    )
  })

  test('refuses a data format that the backend does not have', () => {
    const attributes = { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 1, 1] }
    const run = () =>
      on(wasm, make =>
        kernel(wasm, 'Conv2DBackpropFilter', { x: make([1, 1, 5, 5], 1), dy: make([1, 1, 5, 5], 2) }, attributes),
      )
    expect(run).toThrow('data format NCHW')
  })
})

/** What an engine computes, as arrays of numbers. */
function all(engine: Engine, compute: (make: Make) => readonly Tensor[]): Float32Array[] {
  let results: Float32Array[] = []
  engine.run(() => {
    const make = ((shape: number[], seed: number) => engine.tf.tensor(randoms(sizeOf(shape), seed), shape)) as Make
    results = compute(make).map(tensor => tensor.dataSync<'float32'>().slice())
  })
  return results
}

type Make = <T extends Tensor>(shape: number[], seed: number) => T

/** How far apart wasm and cpu are in any of their results. */
function difference(compute: (engine: Engine, make: Make) => readonly Tensor[]): number {
  const [mine, theirs] = [wasm, cpu].map(engine => all(engine, make => compute(engine, make)))
  expect(mine!.length).toBe(theirs!.length)
  return Math.max(...mine!.map((result, i) => relativeError(result, theirs![i]!)))
}

describe('a convolution with bias, ReLU and pool on wasm', () => {
  const run = (
    { ops }: Engine,
    make: Make,
    x: Shape4D,
    kernel: Shape4D,
    padding: 'same' | 'valid',
    isFirst: boolean,
  ): Tensor[] => {
    const filter = make<Tensor4D>(kernel, 2)
    const trace = ops.convPool(make(x, 1), filter, make<Tensor1D>([kernel[3]], 3), padding, isFirst)
    const gradient = ops.convPoolGradient(trace, filter, padding, make(trace.pooled.shape, 4))
    return [trace.pooled, gradient.kernel, gradient.bias, ...(gradient.x ? [gradient.x] : [])]
  }

  test('agrees with the cpu backend, forward and in all gradients, for all sizes, first layer or not', () => {
    const side = fc.integer({ min: 1, max: 6 })
    const extent = fc.integer({ min: 7, max: 11 })
    const few = fc.integer({ min: 1, max: 5 })
    const filters = fc.constantFrom(1, 3, 8, 10, 17)
    const padding = fc.constantFrom('same' as const, 'valid' as const)
    fc.assert(
      fc.property(
        fc.tuple(few, extent, extent, few),
        fc.tuple(side, filters),
        padding,
        fc.boolean(),
        (x, [side, filters], padding, isFirst) => {
          const kernel: Shape4D = [side, side, x[3], filters]
          expect(difference((engine, make) => run(engine, make, x, kernel, padding, isFirst))).toBeLessThan(1e-5)
        },
      ),
      { numRuns: 60, seed: 1 },
    )
  })

  test('gives the gradient to the first of equal pixels', () => {
    const ties = ({ tf, ops }: Engine, make: Make): Tensor[] => {
      // Thirds of small integers, so that windows have ties, also of positive pixels.
      const x = tf.round(tf.mul(make<Tensor4D>([2, 9, 8, 3], 1), 2)) as Tensor4D
      const one = tf.tensor4d([1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 1, 3, 3])
      const trace = ops.convPool(x, one, tf.zeros([3]), 'valid', false)
      const gradient = ops.convPoolGradient(trace, one, 'valid', make(trace.pooled.shape, 4))
      return [trace.pooled, gradient.x!]
    }
    const [mine, theirs] = [wasm, cpu].map(engine => all(engine, make => ties(engine, make)))
    expect(mine).toEqual(theirs)
  })

  test('notices numbers that are not finite', () => {
    const [pooled] = all(wasm, make => {
      const { tf, ops } = wasm
      return [
        ops.convPool(make([1, 6, 6, 1], 1), tf.fill([3, 3, 1, 2], Number.NaN), tf.zeros([2]), 'same', true).pooled,
      ]
    })
    expect([...pooled!].every(Number.isNaN)).toBe(true)
  })
})

describe('the products of a dense layer on wasm', () => {
  test('agree with the cpu backend for all sizes', () => {
    const batch = fc.integer({ min: 1, max: 13 })
    // Beyond 256 a product is computed in parts.
    const depth = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(255, 256, 257, 300))
    const units = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(batch, depth, units, (batch, depth, units) => {
        const products = ({ ops }: Engine, make: Make): Tensor[] => {
          const kernel = make<Tensor2D>([depth, units], 2)
          const [x, dy] = [make<Tensor2D>([batch, depth], 1), make<Tensor2D>([batch, units], 3)]
          return [
            ops.dense(x, kernel, make<Tensor1D>([units], 4)),
            ops.denseInputGradient(dy, kernel),
            ops.denseKernelGradient(x, dy),
          ]
        }
        expect(difference(products)).toBeLessThan(1e-5)
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test('agree where the inner dimension of the gradient of the input is long', () => {
    const product = ({ ops }: Engine, make: Make) => [ops.denseInputGradient(make([5, 600], 1), make([9, 600], 2))]
    expect(difference(product)).toBeLessThan(1e-5)
  })
})

describe('a step on wasm', () => {
  test.each([1, 4, 7, 20_500])(
    'agrees with the cpu backend for %i weights, and leaves the direction as it was',
    length => {
      const step = ({ ops }: Engine, make: Make): Tensor[] => {
        const direction = make<Tensor1D>([length], 2)
        return [ops.descend(make<Tensor1D>([length], 1), direction, 0.3), direction]
      }
      expect(difference(step)).toBeLessThan(1e-6)
    },
  )
})
