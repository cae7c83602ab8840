import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { createEngineLoader } from '../../src/cnn/engine.ts'
import { loadEngine } from '../../src/cnn/index.ts'
import { installedPackages, type TensorFlow } from '../../src/cnn/packages.ts'

// In a file of its own: here, no backend has been started yet.

test('TensorFlow.js is loaded when an engine is asked for, and not before', async () => {
  const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter(file => file.includes('@tensorflow'))
  expect(loaded()).toEqual([])
  await installedPackages.core()
  expect(loaded()).not.toEqual([])
})

test('engines that start at the same time all start', async () => {
  const { engine } = await installedPackages.core()
  expect(Object.keys(engine().registry)).toEqual([])
  const another = createEngineLoader(installedPackages)
  const engines = await Promise.all([loadEngine('cpu'), loadEngine('wasm'), another('wasm'), another('cpu')])
  for (const { tf, run } of engines) {
    expect([...run(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync<'float32'>())]).toEqual([2, 3])
  }
})

test('a backend that does not start is a typed error', async () => {
  const tf = await installedPackages.core()
  const factory = () => Promise.reject({ message: 'no such file: simd.wasm\nand a long hint' })
  const broken = { ...tf, engine: () => ({ registry: {}, registryFactory: { wasm: { factory, priority: 2 } } }) }
  const loader = createEngineLoader({ ...installedPackages, core: async () => broken as unknown as TensorFlow })
  await expect(loader('wasm')).rejects.toMatchObject({
    code: 'engine-failed',
    message: 'The wasm backend of TensorFlow.js does not start: no such file: simd.wasm',
  })
})
