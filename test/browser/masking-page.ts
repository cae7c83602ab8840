import { sha256 } from '#native'
import { loadRingKernel } from '../../src/secagg/primitives/kernels/ring-kernel.ts'
import { addKeystreams } from '../../src/secagg/primitives/prg.ts'

/** Masks a vector that no block or chunk divides and gives the hash of the result; the same in Node for comparison. */
export async function maskedVectorHash(lanes: 1 | 2): Promise<string> {
  const masks = [1, 2, 3, 4, 5, 6].map(i => ({ key: new Uint8Array(16).fill(i), sign: i % 2 === 0 ? 1 : -1 }) as const)
  const vector = Uint32Array.from({ length: 300_002 }, (_, i) => i * 0x9e3779b1)
  await addKeystreams(masks, 1_234_566, vector, lanes)
  return String(sha256(new Uint8Array(vector.buffer)))
}

export const hasKernel = (): boolean => loadRingKernel() !== undefined

Object.assign(globalThis, { maskedVectorHash, hasKernel })
