import { beforeAll, describe, expect, it } from 'vitest'
import { RingVector } from '../../src/secagg/encoding/ring.ts'
import { pairwiseMaskKey, selfMaskKey, shareKey } from '../../src/secagg/primitives/kdf.ts'
import { generateKeyPair, importX25519 } from '../../src/secagg/primitives/key-agreement.ts'
import { type SimulationSeed, seededRandom, simulate } from '../../src/secagg/testing/index.ts'
import { coinDeviate, correlationDeviate, countBytes, uniformityDeviate } from './uniformity.ts'

/**
 * Two-sided alpha of 1e-6 for each test: with some hundred tests, a faultless protocol fails one in ten thousand choices
 * of the seeds. They are fixed, so nothing here ever flakes; and a bit that is set in 51.5 % of the entries is still seen.
 */
const LIMIT = 4.89
const ENTRIES = 40_000
const CLIENTS = ['a', 'b', 'c']

type Inputs = (id: string) => RingVector

function filled(modulusBits: number, value: (i: number) => bigint): Inputs {
  return () => {
    const vector = RingVector.zeros(ENTRIES, modulusBits)
    for (let i = 0; i < ENTRIES; i++) vector.set(i, value(i))
    return vector
  }
}

/** The masked vectors that the server of one aggregation receives, by client. */
async function maskedVectors(seed: SimulationSeed, modulusBits: number, inputs: Inputs) {
  const seen = new Map<string, RingVector>()
  const result = await simulate({
    seed,
    clients: CLIENTS,
    parameters: { threatModel: 'semi-honest', graph: { kind: 'complete' }, vectorLength: ENTRIES, modulusBits },
    inputs,
    throughWire: false,
    observe: ({ client, message }) => {
      if (message.type === 'MaskedInput') seen.set(client, message.range.clone())
    },
  })
  if (result.outcome !== 'sum' || !result.sum.equals(result.expectedSum)) throw new Error('there is a right sum')
  return seen
}

/** Every bit below the modulus, of all entries: the largest deviate from a fair coin. */
function worstBit(vector: RingVector): number {
  const { lanes, modulusBits, words, length } = vector
  let worst = 0
  for (let bit = 0; bit < modulusBits; bit++) {
    let ones = 0
    for (let i = bit >>> 5; i < words.length; i += lanes) ones += (words[i]! >>> (bit & 31)) & 1
    worst = Math.max(worst, Math.abs(coinDeviate(ones, length)))
  }
  return worst
}

function expectUniform(vector: RingVector, what: string): void {
  expect(worstBit(vector), `${what}: bits`).toBeLessThan(LIMIT)
  // The lowest byte of every word is whole from 8 bits on; at 32 bits, all four are.
  if (vector.modulusBits < 8) return
  const bytes = vector.modulusBits === 32 ? vector.bytes() : Uint8Array.from(vector.words, word => word & 0xff)
  expect(Math.abs(uniformityDeviate(countBytes(bytes))), `${what}: bytes`).toBeLessThan(LIMIT)
}

const PATTERNS: readonly [name: string, value: (i: number, bits: number) => bigint][] = [
  ['zeros', () => 0n],
  ['the largest element', (_, bits) => 2n ** BigInt(bits) - 1n],
  ['a ramp', i => BigInt(i)],
  ['one entry in a hundred, large', (i, bits) => (i % 100 === 0 ? 2n ** BigInt(bits - 1) : 0n)],
  ['the same few bytes over and over', i => BigInt(i % 4)],
]
const MODULI = [1, 8, 20, 32, 40, 62]

describe.each(MODULI)('what the server sees of inputs modulo 2^%i', modulusBits => {
  it.each(PATTERNS)('is uniform when every input is %s', async (name, value) => {
    const inputs = filled(modulusBits, i => value(i, modulusBits))
    const seen = await maskedVectors(`uniform ${name}`, modulusBits, inputs)
    for (const [id, masked] of seen) {
      expectUniform(masked, `masked input of ${id}`)
      expectUniform(masked.clone().subtract(inputs(id)).reduce(), `mask of ${id}`)
    }
  })

  it('is as different between two clients of one input as between any two uniform vectors', async () => {
    const seen = await maskedVectors('two clients', modulusBits, filled(modulusBits, BigInt))
    const [a, b, c] = CLIENTS.map(id => seen.get(id)!)
    for (const [one, other] of [
      [a, b],
      [b, c],
      [a, c],
    ] as const) {
      expectUniform(one!.clone().subtract(other!).reduce(), 'difference')
    }
  })

  it('is uniform in sum, too, until the self-masks come off', async () => {
    const seen = await maskedVectors(
      'the sum',
      modulusBits,
      filled(modulusBits, () => 0n),
    )
    const sum = RingVector.zeros(ENTRIES, modulusBits)
    for (const masked of seen.values()) sum.add(masked)
    // The pairwise masks of all clients cancel here; what is left are three self-masks.
    expectUniform(sum.reduce(), 'sum of masked inputs')
  })
})

describe('the same input masked in two aggregations', () => {
  let first: RingVector
  let second: RingVector
  beforeAll(async () => {
    const inputs = filled(32, i => BigInt(i) * 65_537n)
    first = (await maskedVectors('monday', 32, inputs)).get('a')!
    second = (await maskedVectors('tuesday', 32, inputs)).get('a')!
  })

  it('leaves no structure in the difference', () => {
    expectUniform(second.clone().subtract(first).reduce(), 'difference')
  })

  it('leaves no structure in the exclusive or', () => {
    const words = second.words.map((word, i) => word ^ first.words[i]!)
    expectUniform(RingVector.fromWords(words, ENTRIES, 32), 'exclusive or')
  })

  it('correlates in no lag up to ten', () => {
    for (let lag = 0; lag <= 10; lag++) {
      const deviate = correlationDeviate(first.words.subarray(lag), second.words.subarray(0, ENTRIES - lag))
      expect(Math.abs(deviate), `lag ${lag}`).toBeLessThan(LIMIT)
    }
  })

  it('repeats no block of the keystream', () => {
    const blocks = new Set<string>()
    for (const { words } of [first, second]) {
      for (let i = 0; i + 4 <= words.length; i += 4) blocks.add(words.subarray(i, i + 4).join())
    }
    expect(blocks.size).toBe((2 * ENTRIES) / 4)
  })
})

describe('no ring element is favoured', () => {
  it.each([1, 2, 3, 5, 8])('of the %i-bit ring, the first and the last included', async modulusBits => {
    const seen = await maskedVectors('elements', modulusBits, filled(modulusBits, BigInt))
    const elements = 2 ** modulusBits
    const counts = new Uint32Array(elements)
    for (const { words } of seen.values()) for (const word of words) counts[word]!++
    if (elements > 2) expect(Math.abs(uniformityDeviate(counts))).toBeLessThan(LIMIT)
    const trials = 3 * ENTRIES
    const [mean, deviation] = [trials / elements, Math.sqrt((trials / elements) * (1 - 1 / elements))]
    for (const element of [0, elements - 1]) {
      expect(Math.abs(counts[element]! - mean) / deviation, `element ${element}`).toBeLessThan(LIMIT)
    }
    expect(counts).toHaveLength(elements)
  })
})

describe('the keys of masks and shares', () => {
  const CLIENT_COUNT = 64
  const t1 = seededRandom('T1')(32)
  const ids = Array.from({ length: CLIENT_COUNT }, (_, i) => `client-${i}`)
  const pairwise: Uint8Array[] = []
  const directed: Uint8Array[] = []

  beforeAll(() => {
    const random = seededRandom('key pairs')
    const pairs = ids.map(() => generateKeyPair(random))
    const imported = pairs.map(pair => importX25519(pair.secretKey))
    for (let a = 0; a < CLIENT_COUNT; a++) {
      for (let b = 0; b < a; b++) {
        const secret = imported[a]!.agree(pairs[b]!.publicKey)
        expect(imported[b]!.agree(pairs[a]!.publicKey)).toEqual(secret)
        const key = pairwiseMaskKey(secret, t1, ids[a]!, ids[b]!)
        expect(pairwiseMaskKey(secret, t1, ids[b]!, ids[a]!)).toEqual(key)
        pairwise.push(key)
        directed.push(shareKey(secret, t1, ids[a]!, ids[b]!), shareKey(secret, t1, ids[b]!, ids[a]!))
      }
    }
  })

  it('never repeat: one for each of 2,016 pairs, two for the shares of each, one for each client', () => {
    const random = seededRandom('seeds')
    const own = ids.map(id => selfMaskKey(random(32), t1, id))
    const keys = [
      ...pairwise,
      ...own,
      ...directed.map(key => key.subarray(0, 16)),
      ...directed.map(key => key.subarray(16)),
    ]
    expect(new Set(keys.map(key => key.join())).size).toBe(2016 + 64 + 2 * 4032)
  })

  it.each([
    ['pairwise', () => pairwise, 128],
    ['directed', () => directed, 256],
  ])('vary in every bit (%s)', (_, keysOf, bits) => {
    const keys = keysOf()
    for (let bit = 0; bit < bits; bit++) {
      const ones = keys.filter(key => (key[bit >>> 3]! >>> (bit & 7)) & 1).length
      expect(Math.abs(coinDeviate(ones, keys.length)), `bit ${bit}`).toBeLessThan(LIMIT)
    }
  })

  it('are other keys in another aggregation of the same clients', () => {
    const random = seededRandom('another pair')
    const [a, b] = [generateKeyPair(random), generateKeyPair(random)]
    const secret = importX25519(a.secretKey).agree(b.publicKey)
    const keys = ['monday', 'tuesday'].map(day => pairwiseMaskKey(secret, seededRandom(day)(32), 'a', 'b').join())
    expect(keys[0]).not.toBe(keys[1])
  })
})

describe('these tests', () => {
  it.each(PATTERNS)('would see it if %s were sent without a mask', (_, value) => {
    const vector = filled(32, i => value(i, 32))('a')
    const bytes = Math.abs(uniformityDeviate(countBytes(vector.bytes())))
    expect(Math.max(worstBit(vector), bytes)).toBeGreaterThan(100)
  })

  it('would see a mask of 31 bits in a ring of 32', async () => {
    const masked = (
      await maskedVectors(
        'a weak mask',
        32,
        filled(32, () => 0n),
      )
    ).get('a')!
    for (let i = 0; i < ENTRIES; i++) masked.words[i] = masked.words[i]! & 0x7fffffff
    expect(() => expectUniform(masked, 'weak')).toThrow()
  })

  it('would see the difference when two aggregations share a keystream', async () => {
    const inputs = filled(32, BigInt)
    const [one, other] = [await maskedVectors('again', 32, inputs), await maskedVectors('again', 32, inputs)]
    const difference = one.get('a')!.clone().subtract(other.get('a')!).reduce()
    expect(() => expectUniform(difference, 'same')).toThrow()
  })

  it('would see a bit that is set in 51.5 % of the entries', async () => {
    const masked = (
      await maskedVectors(
        'a biased bit',
        32,
        filled(32, () => 0n),
      )
    ).get('a')!
    for (let i = 0; i < ENTRIES; i += 33) masked.words[i] = masked.words[i]! | 0x80
    expect(() => expectUniform(masked, 'biased')).toThrow()
  })

  it('would see a byte value that occurs twice as often as the others', async () => {
    const bytes = (
      await maskedVectors(
        'a biased byte',
        32,
        filled(32, () => 0n),
      )
    )
      .get('a')!
      .bytes()
    expect(Math.abs(uniformityDeviate(countBytes(bytes)))).toBeLessThan(LIMIT)
    for (let i = 0; i < bytes.length; i += 250) bytes[i] = 0x2a
    expect(uniformityDeviate(countBytes(bytes))).toBeGreaterThan(LIMIT)
  })
})
