import type * as TensorFlowCore from '@tensorflow/tfjs-core'
import { CnnError } from './errors.ts'

/** The namespace of TensorFlow.js core. */
export type TensorFlow = typeof TensorFlowCore

/** What is used of the wasm backend's package. */
export interface WasmPackage {
  setWasmPaths(prefixOrFileMap: string | Record<string, string>): void
}

/** The optional packages, each behind a function so that nothing is loaded before it is asked for. */
export interface Packages {
  core(): Promise<TensorFlow>
  wasm(): Promise<WasmPackage>
  cpu(): Promise<unknown>
  /** Throws when it is not installed or does not load: both are normal. */
  tfjsNode(): Promise<TensorFlow>
}

/** What a user types when TensorFlow.js is missing. */
export const INSTALL_COMMAND =
  'npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0'

const TFJS_NODE = '@tensorflow/tfjs-node'

/** The packages that the user has installed. The names stand in full for the sake of bundlers. */
export const installedPackages: Packages = {
  core: () => load<TensorFlow>('@tensorflow/tfjs-core', () => import('@tensorflow/tfjs-core')),
  wasm: () => load<WasmPackage>('@tensorflow/tfjs-backend-wasm', () => import('@tensorflow/tfjs-backend-wasm')),
  cpu: () => load('@tensorflow/tfjs-backend-cpu', () => import('@tensorflow/tfjs-backend-cpu')),
  // Through a variable: bundlers and the type checker must not look for a package that is usually absent.
  tfjsNode: async () => {
    const specifier: string = TFJS_NODE
    return namespaceOf<TensorFlow>(await import(/* @vite-ignore */ specifier))
  },
}

/** Runs an import; a package that is not there becomes an error that says how to get it. */
export async function load<T>(name: string, importPackage: () => Promise<unknown>): Promise<T> {
  try {
    return namespaceOf<T>(await importPackage())
  } catch (error) {
    if (!isNotFound(error)) throw new CnnError('engine-failed', `${name} is installed but does not load.`, error)
    throw new CnnError(
      'tensorflow-missing',
      `${name} is not installed. The networks of secagg/cnn run on TensorFlow.js, which is optional. Install it by:\n  ${INSTALL_COMMAND}`,
      error,
    )
  }
}

/** True when an import failed because there is no such package (Node's code, or a browser's complaint). */
export function isNotFound(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return true
  return typeof message === 'string' && /failed to resolve module|cannot find (module|package)/i.test(message)
}

/** Node wraps CommonJS in a namespace with a default; a bundler gives the namespace itself. */
function namespaceOf<T>(module: unknown): T {
  return ((module as { default?: T }).default ?? module) as T
}
