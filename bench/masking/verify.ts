import { addKeystreams } from '../../src/secagg/primitives/prg.ts'
import { configureThreads } from '../../src/secagg/primitives/threads.ts'
import { type Contender, MANY, noble, VECTOR_WORDS } from './contenders.ts'
import { keysOf } from './keys.ts'

/** Odd on purpose: no range begins or ends where a block of AES or a chunk does. */
const FIRST_WORD = 1_234_567
const WORDS = 70_001

/** Every contender must give what noble gives, or its speed says nothing. @throws Error that names who does not. */
export async function verify(contenders: readonly Contender[]): Promise<void> {
  const keys = keysOf(3)
  const expected = new Uint32Array(WORDS)
  await noble(keys, FIRST_WORD, expected)
  for (const { name, mask } of contenders) {
    const target = new Uint32Array(WORDS)
    await mask(keys, FIRST_WORD, target)
    requireEqual(name, target, expected)
  }
  await verifySubtraction()
  await verifyThreads()
}

/** What one thread puts on, several take off: from the second time on, when threads have been started. */
async function verifyThreads(): Promise<void> {
  const masks = (sign: 1 | -1) => keysOf(MANY).map(key => ({ key, sign }))
  const target = new Uint32Array(VECTOR_WORDS)
  for (let time = 0; time < 3; time++) {
    configureThreads({ threads: 1 })
    await addKeystreams(masks(1), 1, target, 1)
    configureThreads({})
    for (let i = 0; i < 2; i++) await addKeystreams(masks(-1), 1, target, 1)
    await addKeystreams(masks(1), 1, target, 1)
    requireEqual('secagg, all cores', target, new Uint32Array(VECTOR_WORDS))
  }
}

/** In pairs of words too, what is added from the start and taken off from the middle leaves the first half masked. */
async function verifySubtraction(): Promise<void> {
  const masks = keysOf(5).map(key => ({ key, sign: 1 as const }))
  for (const lanes of [1, 2] as const) {
    const whole = new Uint32Array(40_000)
    await addKeystreams(masks, 6, whole, lanes)
    const half = whole.slice(0, 20_002)
    await addKeystreams(
      masks.map(({ key }) => ({ key, sign: -1 })),
      20_008,
      whole.subarray(20_002),
      lanes,
    )
    const expected = new Uint32Array(40_000)
    expected.set(half)
    requireEqual(`secagg, subtracting in ${lanes} lanes`, whole, expected)
  }
}

function requireEqual(name: string, actual: Uint32Array, expected: Uint32Array): void {
  const at = actual.findIndex((word, i) => word !== expected[i])
  if (at !== -1) throw new Error(`${name}: word ${at} is wrong`)
}
