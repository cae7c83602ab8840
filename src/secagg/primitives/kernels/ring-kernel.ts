import { RING_WASM } from './ring-wasm.ts'

/** Adds `bytes` bytes (a multiple of 64) at address `addend` to those at `target`. */
type Loop = (target: number, addend: number, bytes: number) => void

/** What assembly/ring.ts exports. Its memory never grows. */
export interface RingKernel {
  readonly memory: WebAssembly.Memory
  readonly add32: Loop
  readonly subtract32: Loop
  readonly add64: Loop
  readonly subtract64: Loop
}

/**
 * The SIMD kernel, or `undefined` where it cannot run: WebAssembly switched off, no SIMD, or a content security policy
 * without `'wasm-unsafe-eval'`. Those are not errors: the plain loops give the same words.
 */
export function loadRingKernel(): RingKernel | undefined {
  try {
    const binary = Uint8Array.from(atob(RING_WASM), character => character.charCodeAt(0))
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary))
    return exports as unknown as RingKernel
  } catch {
    return undefined
  }
}
