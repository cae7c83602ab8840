import { afterEach, describe, expect, test, vi } from 'vitest'
import { createEngineLoader, type EngineChoice, loadEngine } from '../../src/cnn/engine.ts'
import { CnnError } from '../../src/cnn/errors.ts'
import { INSTALL_COMMAND, installedPackages, load, type Packages } from '../../src/cnn/packages.ts'
import { startWasm } from '../../src/cnn/start-wasm.ts'
import { restoreIsNullOrUndefined } from '../../src/cnn/tfjs-node.ts'

const notFound = (name: string) =>
  Object.assign(new Error(`Cannot find package '${name}' imported from here`), { code: 'ERR_MODULE_NOT_FOUND' })

const without = (overrides: Partial<Packages>) => createEngineLoader({ ...installedPackages, ...overrides })

const failsWith = async (promise: Promise<unknown>): Promise<CnnError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CnnError)
  return error as CnnError
}

/** A stand-in for tfjs-node: the cpu backend under the name of libtensorflow's. */
async function fakeTfjsNode() {
  const tf = await installedPackages.core()
  await installedPackages.cpu()
  const cpu = await loadEngine('cpu')
  if (!tf.findBackendFactory('tensorflow')) tf.registerBackend('tensorflow', () => cpu.tf.findBackend('cpu'))
  return tf
}

describe('the choice of an engine', () => {
  test('auto takes wasm when tfjs-node is not installed, and says so', async () => {
    const engine = await without({ tfjsNode: () => Promise.reject(notFound('@tensorflow/tfjs-node')) })('auto')
    expect(engine.name).toBe('wasm')
    expect(engine.reason).toBe('wasm, because @tensorflow/tfjs-node is not installed')
  })

  test('auto takes wasm when tfjs-node is installed and broken, and says what ails it', async () => {
    const broken = without({ tfjsNode: () => Promise.reject(new Error('libtensorflow.so.2: cannot open\nmore')) })
    const engine = await broken('auto')
    expect(engine.name).toBe('wasm')
    expect(engine.reason).toBe('wasm, because @tensorflow/tfjs-node does not load (libtensorflow.so.2: cannot open)')
    const error = await failsWith(broken('tfjs-node'))
    expect(error.code).toBe('engine-failed')
    expect(error.message).toContain('does not load: libtensorflow.so.2: cannot open')
  })

  test('auto takes tfjs-node when it is installed and loads', async () => {
    const engine = await without({ tfjsNode: fakeTfjsNode })('auto')
    expect(engine).toMatchObject({ name: 'tfjs-node', reason: 'tfjs-node, because it is installed and loads' })
    expect(engine.run(() => engine.tf.getBackend())).toBe('tensorflow')
  })

  test('tfjs-node, asked for by name and missing, is an error that says how to install it', async () => {
    const error = await failsWith(
      without({ tfjsNode: () => Promise.reject(notFound('@tensorflow/tfjs-node')) })('tfjs-node'),
    )
    expect(error.code).toBe('engine-failed')
    expect(error.message).toMatch(/is not installed.*npm install @tensorflow\/tfjs-node@4\.22\.0/)
  })

  test('an unknown engine is answered with the choices', async () => {
    const error = await failsWith(loadEngine('webgpu' as EngineChoice))
    expect(error.code).toBe('engine-unknown')
    expect(error.message).toContain('choose one of auto, tfjs-node, wasm, cpu')
  })

  test('a missing package is an error that names the one install command', async () => {
    const missing = () => load<never>('@tensorflow/tfjs-core', () => Promise.reject(notFound('@tensorflow/tfjs-core')))
    const error = await failsWith(without({ core: missing })('wasm'))
    expect(error.code).toBe('tensorflow-missing')
    expect(error.message).toContain(INSTALL_COMMAND)
  })

  test('a package that is there and broken is not called missing', async () => {
    const error = await failsWith(load('@tensorflow/tfjs-core', () => Promise.reject(new SyntaxError('unexpected'))))
    expect(error.code).toBe('engine-failed')
  })

  test('an engine is loaded once, and a failure is not remembered', async () => {
    expect((await loadEngine('wasm')).tf).toBe((await loadEngine('auto')).tf)
    let installed = false
    const loader = without({ wasm: () => (installed ? installedPackages.wasm() : Promise.reject(new Error('no'))) })
    await expect(loader('wasm')).rejects.toThrow('no')
    installed = true
    expect((await loader('wasm')).name).toBe('wasm')
  })
})

describe('an engine', () => {
  test('computes on its own backend and leaves the one that was selected', async () => {
    const wasm = await loadEngine('wasm')
    const cpu = await loadEngine('cpu')
    await wasm.tf.setBackend('wasm')
    expect(cpu.run(() => cpu.tf.getBackend())).toBe('cpu')
    expect(wasm.tf.getBackend()).toBe('wasm')
    await wasm.tf.setBackend('cpu')
    expect(wasm.run(() => wasm.tf.getBackend())).toBe('wasm')
    expect(() =>
      wasm.run(() => {
        throw new Error('midway')
      }),
    ).toThrow('midway')
    expect(wasm.tf.getBackend()).toBe('cpu')
  })

  test('frees what it made and did not return', async () => {
    const { tf, run } = await loadEngine('wasm')
    const before = tf.memory().numTensors
    const kept = run(() => tf.add(tf.tensor1d([1, 2]), 1))
    expect(tf.memory().numTensors).toBe(before + 1)
    kept.dispose()
  })
})

describe('starting the wasm backend', () => {
  const mine = () => {}
  afterEach(() => {
    process.removeListener('uncaughtException', mine)
  })

  test('leaves no listener behind that decides about the errors of the application', async () => {
    await loadEngine('wasm')
    const sources = (['uncaughtException', 'unhandledRejection'] as const).flatMap(event =>
      process.listeners(event as 'uncaughtException').map(String),
    )
    expect(sources.filter(source => /ExitStatus|throw reason/.test(source))).toEqual([])
  })

  test('removes a rethrowing listener, and keeps one that somebody else adds meanwhile', async () => {
    await startWasm(async () => {
      process.on('uncaughtException', mine)
      // biome-ignore lint/complexity/useArrowFunction: this is how Emscripten writes it
      process.on('unhandledRejection', function (reason) {
        throw reason
      })
    })
    expect(process.listeners('uncaughtException')).toContain(mine)
    expect(process.listeners('unhandledRejection').map(String).join()).not.toContain('throw reason')
  })
})

describe('loading tfjs-node', () => {
  test('puts back util.isNullOrUndefined where Node no longer has it, and only there', () => {
    const util: { isNullOrUndefined?: (value: unknown) => boolean } = {}
    restoreIsNullOrUndefined(util)
    expect([undefined, null, 0, ''].map(value => util.isNullOrUndefined!(value))).toEqual([true, true, false, false])
    const own = vi.fn()
    const old = { isNullOrUndefined: own }
    restoreIsNullOrUndefined(old)
    expect(old.isNullOrUndefined).toBe(own)
  })

  test('silences libtensorflow while it loads, and leaves the environment as it was', async () => {
    const before = process.env.TF_CPP_MIN_LOG_LEVEL
    let during: string | undefined
    await without({
      tfjsNode: () => {
        during = process.env.TF_CPP_MIN_LOG_LEVEL
        return fakeTfjsNode()
      },
    })('tfjs-node')
    expect(during).toBe(before ?? '2')
    expect(process.env.TF_CPP_MIN_LOG_LEVEL).toBe(before)
  })
})
