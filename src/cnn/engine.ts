import type { TensorContainer } from '@tensorflow/tfjs-core'
import { CnnError } from './errors.ts'
import type { LayerOps } from './kernels/layer-ops.ts'
import { standardOps } from './kernels/standard-ops.ts'
import { wasmOps } from './kernels/wasm-ops.ts'
import { installedPackages, isNotFound, type Packages, type TensorFlow } from './packages.ts'
import { startWasm } from './start-wasm.ts'
import { loadTfjsNode } from './tfjs-node.ts'

/** What computes: libtensorflow, WebAssembly with SIMD, or plain JavaScript (slow: the reference for tests). */
export type EngineName = 'tfjs-node' | 'wasm' | 'cpu'
/** An engine by name, or the best one that is installed. */
export type EngineChoice = EngineName | 'auto'

const CHOICES: readonly EngineChoice[] = ['auto', 'tfjs-node', 'wasm', 'cpu']

/** One TensorFlow.js backend, ready to compute. Engines are shared: asking twice for one gives the same. */
export interface Engine {
  readonly name: EngineName
  /** A sentence for people: why this engine. */
  readonly reason: string
  /** TensorFlow.js itself, for those who want to go on from here. */
  readonly tf: TensorFlow
  /** The operations whose best composition differs between backends. */
  readonly ops: LayerOps
  /**
   * Runs `compute` with this engine's backend selected, frees every tensor that it makes and does not return, and selects
   * what was selected before. `compute` must not be async.
   */
  run<T>(compute: () => T): T
}

/** Where things are, when they are not where they are looked for. */
export interface EngineOptions {
  /**
   * For browsers: the folder (ending in `/`) that serves the backend's `.wasm` files, or a map from file name to address.
   * In Node they are found in the installed package. Counts when the wasm engine is first loaded.
   */
  readonly wasmPaths?: string | Record<string, string>
}

/**
 * Loads TensorFlow.js and one of its backends. `auto`, the default, takes tfjs-node when it is installed and loads, else wasm.
 *
 * @throws CnnError `engine-unknown`, listing the choices; `tensorflow-missing`, with the command that installs it;
 * `engine-failed` when a backend is there but does not start.
 */
export function loadEngine(name: EngineChoice = 'auto', options: EngineOptions = {}): Promise<Engine> {
  return defaultLoader(name, options)
}

/** A loader with its own memory of what it has loaded. Apart from tests there is one, over {@link installedPackages}. */
export function createEngineLoader(
  packages: Packages,
): (name: EngineChoice, options?: EngineOptions) => Promise<Engine> {
  const loaded = new Map<EngineChoice, Promise<Engine>>()
  const loadOnce = (name: EngineChoice, options: EngineOptions): Promise<Engine> => {
    const pending = loaded.get(name) ?? start(name, options)
    loaded.set(name, pending)
    // A failure is not remembered: the user may install what is missing and try again.
    pending.catch(() => loaded.delete(name))
    return pending
  }
  const start = (name: EngineChoice, options: EngineOptions): Promise<Engine> => {
    if (name === 'auto') return chooseEngine(packages, () => loadOnce('wasm', options))
    if (name === 'wasm') return startWasmEngine(packages, options)
    return name === 'cpu' ? startCpuEngine(packages) : startTfjsNodeEngine(packages)
  }
  return async (name, options = {}) => {
    if (!CHOICES.includes(name)) {
      throw new CnnError('engine-unknown', `There is no engine '${name}': choose one of ${CHOICES.join(', ')}.`)
    }
    return loadOnce(name, options)
  }
}

const defaultLoader = createEngineLoader(installedPackages)

async function chooseEngine(packages: Packages, loadWasm: () => Promise<Engine>): Promise<Engine> {
  let whyNot = '@tensorflow/tfjs-node runs in Node only'
  if (isNode()) {
    try {
      const engine = await startTfjsNodeEngine(packages)
      return { ...engine, reason: 'tfjs-node, because it is installed and loads' }
    } catch (error) {
      whyNot = whyNoTfjsNode(error)
    }
  }
  return { ...(await loadWasm()), reason: `wasm, because ${whyNot}` }
}

function whyNoTfjsNode(error: unknown): string {
  const cause = (error as CnnError).cause ?? error
  if (isNotFound(cause)) return '@tensorflow/tfjs-node is not installed'
  return `@tensorflow/tfjs-node does not load (${firstLine(cause)})`
}

async function startTfjsNodeEngine(packages: Packages): Promise<Engine> {
  try {
    const tf = await loadTfjsNode(packages.tfjsNode)
    await startBackend(tf, 'tensorflow')
    return engineOver(tf, 'tfjs-node', 'tensorflow', 'tfjs-node, as asked', standardOps(tf))
  } catch (error) {
    const what = isNotFound(error) ? 'is not installed' : `does not load: ${firstLine(error)}`
    throw new CnnError(
      'engine-failed',
      `@tensorflow/tfjs-node ${what}. Install it by: npm install @tensorflow/tfjs-node@4.22.0, or take the engine 'wasm'.`,
      error,
    )
  }
}

async function startWasmEngine(packages: Packages, options: EngineOptions): Promise<Engine> {
  const tf = await packages.core()
  const wasm = await packages.wasm()
  if (options.wasmPaths !== undefined) wasm.setWasmPaths(options.wasmPaths)
  await startWasm(() => startBackend(tf, 'wasm'))
  return engineOver(tf, 'wasm', 'wasm', 'wasm, as asked', await wasmOps(tf))
}

async function startCpuEngine(packages: Packages): Promise<Engine> {
  const tf = await packages.core()
  await packages.cpu()
  await startBackend(tf, 'cpu')
  // Else its first tensor prints advertising for tfjs-node on the console.
  const backend = tf.findBackend('cpu') as unknown as { firstUse: boolean }
  backend.firstUse = false
  return engineOver(tf, 'cpu', 'cpu', 'cpu, as asked (plain JavaScript: slow, meant as a reference)', standardOps(tf))
}

/**
 * Starts a backend, and leaves another one selected if it was. Not by `tf.setBackend` alone: of two asynchronous starts at the same
 * time it gives up one. So the backend is made first, and registered ready, which makes every later switch to it immediate.
 */
async function startBackend(tf: TensorFlow, name: string): Promise<void> {
  const isStarted = (backend: string): boolean => backend in tf.engine().registry
  try {
    if (!isStarted(name)) {
      const { factory, priority } = tf.engine().registryFactory[name]!
      const backend = await factory()
      if (!isStarted(name)) {
        tf.removeBackend(name)
        tf.registerBackend(name, () => backend, priority)
      }
    }
    const before = tf.getBackend()
    await tf.setBackend(name)
    if (before && before !== name && isStarted(before)) await tf.setBackend(before)
  } catch (error) {
    const problem = `The ${name} backend of TensorFlow.js does not start: ${firstLine(error)}`
    throw new CnnError('engine-failed', problem, error)
  }
}

function engineOver(tf: TensorFlow, name: EngineName, backend: string, reason: string, ops: LayerOps): Engine {
  const run = <T>(compute: () => T): T => {
    const before = tf.getBackend()
    // Both switches take effect before the promise that they return is settled: the backends are already started.
    if (before !== backend) void tf.setBackend(backend)
    try {
      let result!: T
      tf.tidy(() => {
        result = compute()
        // Tidy looks for tensors in what it is given, and would visit every number of an array.
        return (ArrayBuffer.isView(result) ? null : result) as TensorContainer
      })
      return result
    } finally {
      if (before && before !== backend) void tf.setBackend(before)
    }
  }
  return { name, reason, tf, ops, run }
}

function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined
}

function firstLine(error: unknown): string {
  return String((error as { message?: unknown })?.message ?? error).split('\n', 1)[0]!
}
