import { ENCODING_WASM } from './encoding-wasm.ts'

/** Entries that the kernel's memory has room for: the random words for them are what AES makes well in one call. */
export const ENCODING_BLOCK = 16_384

/** Quantizes a block; see assembly/encoding/quantize.ts. */
type Quantize = (
  values: number,
  noise: number,
  out: number,
  count: number,
  tally: number,
  gain: number,
  limit: number,
  mask: number,
  clamps: boolean,
) => void

/** The largest magnitude; at `beyond` it leaves how many are larger than `clip`. */
type Largest = (values: number, count: number, clip: number, beyond: number) => number
type Squares = (values: number, count: number, sums: number) => void
type Repack = (from: number, to: number, count: number, b: number) => void
type Decode = (entries: number, out: number, count: number, spare: number, unit: number) => number

/** What assembly/encoding.ts exports. Its memory never grows. */
interface Exports {
  readonly memory: WebAssembly.Memory
  readonly largest32: Largest
  readonly largest64: Largest
  readonly squares32: Squares
  readonly squares64: Squares
  readonly quantize32to32: Quantize
  readonly quantize32to64: Quantize
  readonly quantize64to32: Quantize
  readonly quantize64to64: Quantize
  readonly packEven32: Repack
  readonly packOdd32: Repack
  readonly pack64: Repack
  readonly unpack32: Repack
  readonly unpack64: Repack
  readonly decode32: Decode
  readonly decode64: Decode
}

/** Where a block's input, its random words, its output and its sums are. Loops may run past the end by up to 64 bytes. */
export const INPUT = 0
const SLACK = 1024
const NOISE = INPUT + 8 * ENCODING_BLOCK + SLACK
export const OUTPUT: number = NOISE + 4 * ENCODING_BLOCK + SLACK
export const SUMS: number = OUTPUT + 8 * ENCODING_BLOCK + SLACK
const SUM_COUNT = 16

/**
 * The kernel and its memory: one block is copied in, worked on and copied out again. There is one such workplace, so nobody
 * may await in between.
 */
export interface EncodingKernel extends Exports {
  readonly singles: Float32Array
  readonly doubles: Float64Array
  readonly inputWords: Uint32Array
  readonly inputBytes: Uint8Array
  /** Room for the random words of a block. */
  readonly noise: Uint32Array
  readonly outputDoubles: Float64Array
  readonly outputWords: Uint32Array
  readonly outputBytes: Uint8Array
  readonly sums: Float64Array
  /** Overwrites what is left of the values and their rounding. */
  wipe(): void
}

let loaded: { readonly kernel: EncodingKernel | undefined } | undefined

/** The kernel, or `undefined` where WebAssembly or its SIMD cannot run: the plain loops give the same, to the bit. */
export function encodingKernel(): EncodingKernel | undefined {
  loaded ??= { kernel: load() }
  return loaded.kernel
}

function load(): EncodingKernel | undefined {
  try {
    const binary = Uint8Array.from(atob(ENCODING_WASM), character => character.charCodeAt(0))
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary))
    return workplace(exports as unknown as Exports)
  } catch {
    return undefined
  }
}

function workplace(exports: Exports): EncodingKernel {
  const { buffer } = exports.memory
  const used = new Uint8Array(buffer, 0, SUMS + 8 * SUM_COUNT)
  return {
    ...exports,
    singles: new Float32Array(buffer, INPUT, ENCODING_BLOCK),
    doubles: new Float64Array(buffer, INPUT, ENCODING_BLOCK),
    inputWords: new Uint32Array(buffer, INPUT, 2 * ENCODING_BLOCK),
    inputBytes: new Uint8Array(buffer, INPUT, 8 * ENCODING_BLOCK),
    noise: new Uint32Array(buffer, NOISE, ENCODING_BLOCK),
    outputDoubles: new Float64Array(buffer, OUTPUT, ENCODING_BLOCK),
    outputWords: new Uint32Array(buffer, OUTPUT, 2 * ENCODING_BLOCK),
    outputBytes: new Uint8Array(buffer, OUTPUT, 8 * ENCODING_BLOCK),
    sums: new Float64Array(buffer, SUMS, SUM_COUNT),
    wipe() {
      used.fill(0)
    },
  }
}

/** Copies `count` values into the kernel, padded by zeros to a multiple of four. @returns how many that makes. */
export function copyIn(
  { singles, doubles }: EncodingKernel,
  values: Float32Array | Float64Array,
  from: number,
  count: number,
): number {
  const room = values instanceof Float32Array ? singles : doubles
  room.set(values.subarray(from, from + count))
  return padded(room, count, 4)
}

/** Overwrites what follows the first `count` elements with zeros, up to a multiple of `step`, which is returned. */
export function padded(room: Float32Array | Float64Array | Uint32Array, count: number, step: number): number {
  const whole = Math.ceil(count / step) * step
  room.fill(0, count, whole)
  return whole
}
