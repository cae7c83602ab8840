import type { TensorFlow } from './packages.ts'

/** Loads tfjs-node, quietly, also on Node versions that are younger than it. */
export async function loadTfjsNode(load: () => Promise<TensorFlow>): Promise<TensorFlow> {
  const util = process.getBuiltinModule('node:util') as unknown as Record<string, unknown>
  restoreIsNullOrUndefined(util)
  const level = process.env.TF_CPP_MIN_LOG_LEVEL
  // libtensorflow reads this once, when it is loaded, and else greets every process on stderr. 2: errors only.
  if (level === undefined) process.env.TF_CPP_MIN_LOG_LEVEL = '2'
  try {
    return await load()
  } finally {
    if (level === undefined) delete process.env.TF_CPP_MIN_LOG_LEVEL
  }
}

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed. */
export function restoreIsNullOrUndefined(util: Record<string, unknown>): void {
  util.isNullOrUndefined ??= (value: unknown): boolean => value === null || value === undefined
}
