import type { NamedAttrMap, NamedTensorMap, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Engine, loadEngine } from '../../../src/cnn/index.ts'
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

describe('the operations composed for wasm agree with those of the cpu backend', () => {
  const agree = (compute: (engine: Engine, make: (shape: number[], seed: number) => Tensor4D) => Tensor) => {
    const [mine, theirs] = [wasm, cpu].map(engine => on(engine, make => compute(engine, make)))
    expect(relativeError(mine!, theirs!)).toBeLessThan(1e-6)
  }

  test.each([
    ['same', 6],
    ['valid', 6],
    ['valid', 40],
  ] as const)('the gradient of the input of a convolution, %s, with %i filters', (padding, filters) => {
    const y = padding === 'same' ? 9 : 5
    agree(({ ops }, make) =>
      ops.convInputGradient(make([3, y, y, filters], 1), make([5, 5, 4, filters], 2), [3, 9, 9, 4], padding),
    )
  })

  test.each([
    [8, 6],
    [7, 9],
  ])('the gradient of a max-pool over %i x %i', (height, width) => {
    agree(({ tf, ops }, make) => {
      // Rounded, so that windows have ties; the first of equals gets the gradient.
      const x = tf.round(tf.mul(make([2, height, width, 3], 1), 3)) as Tensor4D
      const y = tf.maxPool(x, 2, 2, 'valid')
      return ops.maxPoolGradient(make(y.shape, 2), x, y)
    })
  })

  test('the products of a dense layer', () => {
    type Make = (shape: number[], seed: number) => Tensor
    const matrix = (make: Make, rows: number, columns: number, seed: number) => make([rows, columns], seed) as Tensor2D
    agree(({ ops }, make) => ops.dense(matrix(make, 3, 40, 1), matrix(make, 40, 7, 2)))
    agree(({ ops }, make) => ops.denseInputGradient(matrix(make, 3, 7, 1), matrix(make, 40, 7, 2)))
    agree(({ ops }, make) => ops.denseKernelGradient(matrix(make, 3, 40, 1), matrix(make, 3, 7, 2)))
  })
})
