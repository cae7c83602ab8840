import { loadRingKernel } from '../../src/secagg/primitives/kernels/ring-kernel.ts'
import { nobleAes128Ctr } from '../../src/secagg/primitives/native/portable.ts'
import { addKeystreams } from '../../src/secagg/primitives/prg.ts'

/** Adds the masks of `keys` to `target`, words mod 2^32. */
type Masking = (keys: readonly Uint8Array[], target: Uint32Array) => Promise<void>

const CHUNK_BYTES = 1_048_576

const ours: Masking = (keys, target) =>
  addKeystreams(
    keys.map(key => ({ key, sign: 1 })),
    0,
    target,
    1,
  )

const plainLoop: Masking = async (keys, target) => {
  const zeros = new Uint8Array(CHUNK_BYTES)
  for (const key of keys) {
    const imported = await crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-CTR', false, ['encrypt'])
    for (let from = 0; from < target.length; from += CHUNK_BYTES / 4) {
      const part = target.subarray(from, from + CHUNK_BYTES / 4)
      const counter = new Uint8Array(16)
      new DataView(counter.buffer).setUint32(12, from / 4)
      const algorithm = { name: 'AES-CTR', counter, length: 128 }
      addTo(part, new Uint32Array(await crypto.subtle.encrypt(algorithm, imported, zeros.subarray(0, part.byteLength))))
    }
  }
}

const noble: Masking = async (keys, target) => {
  for (const key of keys) {
    const words = new Uint32Array(target.length)
    nobleAes128Ctr(key).keystream(0, new Uint8Array(words.buffer))
    addTo(target, words)
  }
}

function addTo(target: Uint32Array, words: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + words[i]!
}

const CONTENDERS = {
  'secagg, 16 masks at once': { mask: ours, masks: 16 },
  'secagg, one mask': { mask: ours, masks: 1 },
  'plain loop over WebCrypto': { mask: plainLoop, masks: 1 },
  noble: { mask: noble, masks: 1 },
}
const VECTOR_WORDS = 1_663_370

const keysOf = (count: number) => Array.from({ length: count }, (_, i) => new Uint8Array(16).fill(i + 1))

/** Throws unless all give what noble gives. Says whether the kernel runs. */
async function verify(): Promise<boolean> {
  const expected = new Uint32Array(400_003)
  await noble(keysOf(2), expected)
  for (const [name, { mask }] of Object.entries(CONTENDERS)) {
    const target = new Uint32Array(expected.length)
    await mask(keysOf(2), target)
    if (target.some((word, i) => word !== expected[i])) throw new Error(`${name}: wrong words`)
  }
  return loadRingKernel() !== undefined
}

/** GB/s of each contender, once. */
async function round(): Promise<Record<string, number>> {
  const rates: Record<string, number> = {}
  for (const [name, { mask, masks }] of Object.entries(CONTENDERS)) {
    const target = new Uint32Array(VECTOR_WORDS).fill(1)
    const start = performance.now()
    await mask(keysOf(masks), target)
    rates[name] = (masks * target.byteLength) / 1e6 / (performance.now() - start)
  }
  return rates
}

export interface MaskingPage {
  verify(): Promise<boolean>
  round(): Promise<Record<string, number>>
}

Object.assign(globalThis, { verify, round } satisfies MaskingPage)
