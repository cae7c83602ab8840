import { CnnError } from '../errors.ts'
import type { TensorFlow } from '../packages.ts'
import { TRAINING_WASM } from './training-wasm.ts'
import type { WasmBackend } from './wasm-backend.ts'

/** The functions of assembly/training.ts, whose comments say what they do. Addresses are bytes into the backend's memory. */
export interface NativeFunctions {
  addScaled(...numbers: number[]): void
  convPool(...numbers: number[]): void
  convPoolGradient(...numbers: number[]): void
  multiplyAdd(...numbers: number[]): void
  multiplyTurned(...numbers: number[]): void
  copyRows(...numbers: number[]): void
  packPanels(...numbers: number[]): void
  turnKernel(...numbers: number[]): void
  turnKernelBack(...numbers: number[]): void
  unfold(...numbers: number[]): void
}

/** What tfjs-backend-wasm 4.22.0 keeps to itself: the Emscripten module with its memory and its allocator. */
interface Emscripten {
  readonly asm: { readonly memory: WebAssembly.Memory }
  _malloc(bytes: number): number
  _free(address: number): void
}

/** Vectors lie on multiples of 16 bytes, which saves loads that touch two lines of the cache. */
const ALIGNMENT = 16

/** By backend: an application may end one and start another, with another memory. */
const natives = new WeakMap<WasmBackend, Native>()

/** Our kernels, bound to the memory of a backend, and the scratch memory that they share. */
export class Native {
  readonly functions: NativeFunctions
  readonly #memory: WebAssembly.Memory
  readonly #emscripten: Emscripten
  #scratch = 0
  #scratchBytes = 0

  private constructor(functions: NativeFunctions, emscripten: Emscripten) {
    this.functions = functions
    this.#memory = emscripten.asm.memory
    this.#emscripten = emscripten
  }

  /** That of a backend on which it was started. */
  static of(backend: WasmBackend): Native {
    return natives.get(backend)!
  }

  /** @throws CnnError `engine-failed` where WebAssembly has no SIMD, or the backend is of another version. */
  static async start(tf: TensorFlow): Promise<void> {
    const backend = tf.findBackend('wasm') as unknown as WasmBackend & { wasm: Emscripten }
    if (natives.has(backend)) return
    try {
      const { wasm } = backend
      const binary = bytesOf(TRAINING_WASM, wasm.asm.memory)
      const { instance } = await WebAssembly.instantiate(binary, { env: { memory: wasm.asm.memory } })
      natives.set(backend, new Native(instance.exports as unknown as NativeFunctions, wasm))
    } catch (error) {
      const message =
        'The training kernels do not start on the wasm backend of TensorFlow.js: they need WebAssembly with SIMD and ' +
        "@tensorflow/tfjs-backend-wasm@4.22.0. Update, or take the engine 'cpu'."
      throw new CnnError('engine-failed', message, error)
    }
  }

  /**
   * Addresses of blocks of so many bytes, with unspecified contents. They are valid until the next call: one kernel at a time
   * computes, and the same memory serves them all. It only grows, and so is allocated a few times in all.
   */
  scratch<Sizes extends readonly number[]>(...sizes: Sizes): { [I in keyof Sizes]: number } {
    const offsets: number[] = []
    let total = ALIGNMENT
    for (const bytes of sizes) {
      offsets.push(total)
      total += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    }
    if (total > this.#scratchBytes) this.#allocate(total)
    const base = this.#scratch - (this.#scratch % ALIGNMENT)
    return offsets.map(offset => base + offset) as { [I in keyof Sizes]: number }
  }

  /** A view of memory. Stale as soon as the memory grows: do not keep it. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length)
  }

  #allocate(bytes: number): void {
    this.#emscripten._free(this.#scratch)
    // Unsigned: Emscripten gives addresses above 2 GiB as negative numbers.
    this.#scratch = this.#emscripten._malloc(bytes) >>> 0
    this.#scratchBytes = this.#scratch === 0 ? 0 : bytes
    if (this.#scratch === 0) throw new CnnError('engine-failed', `No memory for ${bytes} bytes of scratch.`)
  }
}

/**
 * The binary, for a memory of this kind. Pages that are isolated from other origins get the backend with threads, whose memory is
 * shared, and an import of memory says in its flags whether it is: 3 instead of 1.
 */
export function bytesOf(base64: string, memory: WebAssembly.Memory): Uint8Array<ArrayBuffer> {
  const binary = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  if (memory.buffer instanceof ArrayBuffer) return binary
  // "env" "memory", each after its length, then 2 for a memory, then the flags.
  const text = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1]
  const at = binary.findIndex((_, start) => text.every((byte, i) => binary[start + i] === byte))
  binary[at + text.length - 1] = 3
  return binary
}

/** Where a tensor lies. Valid until it is freed: tensors do not move. */
export function addressOf(backend: WasmBackend, tensor: Parameters<WasmBackend['typedArrayFromHeap']>[0]): number {
  return backend.typedArrayFromHeap(tensor).byteOffset
}
