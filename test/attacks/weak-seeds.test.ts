/**
 * Mask keys with too little in them. First the attack: a self-mask key made from 10 bits is found by trying them all.
 * Then what every key of two whole aggregations must look like: no two pairs have the same one, and each bit varies.
 *
 * Source: implementations have been published that fold the pairwise secret into the 32-bit seed of a Mersenne twister;
 * the search is that of Goldberg and Wagner, "Randomness and the Netscape Browser", Dr. Dobb's Journal, January 1996.
 */
import { describe, expect, it } from 'vitest'
import { broken, describeAttack, harmless, type Library, type Patch, type Verdict } from './support/attack.ts'
import { patchedSource } from './support/patched-source.ts'
import { expandMask, RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

/** The victim is late, and the others have given up its mask key: only the self-mask is left. */
async function search(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { parameters: { modulusBits: 32 } })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  const others = server.allBut(VICTIM)
  await server.collectShareKeys()
  await server.collectInputs()
  await server.collectShares(others, id => server.request(id, others, [VICTIM]))
  const masked = server.masked.get(VICTIM)!
  await server.removePairwise(masked, VICTIM, server.t1(), server.neighbours(VICTIM))
  for (let guess = 0; guess < 2 ** 10; guess++) {
    const seed = new Uint8Array(32)
    seed.set([guess & 0xff, guess >> 8])
    const vector = masked.clone().subtract(await expandMask(lib, lib.selfMaskKey(seed, server.t1(), VICTIM), masked))
    // Inputs are small numbers, noise is not: 8 entries below 2^16 tell them apart.
    if (vector.words.every(word => word < 2 ** 16)) return scene.verdict(vector)
  }
  return harmless('no seed that was tried fits')
}

const fold = (secret: string) => `${secret}.map((byte, i) => (i === 0 ? byte : i === 1 ? byte & 3 : 0))`

describeAttack({
  title: 'a search for the seed of a self-mask',
  run: search,
  honest: harmless('no seed that was tried fits'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the whole of the seed in the key',
      patches: [
        {
          file: 'client/mask-input.ts',
          find: 'selfMaskKey(state.selfMaskSeed, state.t1, id)',
          replace: `selfMaskKey(${fold('state.selfMaskSeed')}, state.t1, id)`,
        },
      ],
    },
  ],
})

interface Derivation {
  readonly label: 'share' | 'pairwise' | 'self'
  readonly secret: Uint8Array
  readonly key: Uint8Array
}

/** Records every key that is derived. */
const PROBE: Patch = {
  file: 'primitives/kdf.ts',
  find: 'return deriveKey(ikm, t1, label, ids, length)',
  replace: `const key = deriveKey(ikm, t1, label, ids, length)
    globalThis.derivations.push({ label, secret: ikm.slice(), key: key.slice() })
    return key`,
}

const CLIENTS = 16
const RUNS = 2
const PAIRS = (RUNS * CLIENTS * (CLIENTS - 1)) / 2
/** Of each label: how many keys there are, how often each is derived, and bits of the secret that can vary. */
const EXPECTED = {
  // Sealed by the one client, opened by the other.
  share: { keys: 2 * PAIRS, times: 2, bits: 255 },
  pairwise: { keys: PAIRS, times: 2, bits: 255 },
  self: { keys: RUNS * CLIENTS, times: 1, bits: 256 },
} as const

async function derivations(patches: readonly Patch[]): Promise<Derivation[]> {
  const recorded: Derivation[] = []
  Object.assign(globalThis, { derivations: recorded })
  try {
    const lib = await patchedSource([PROBE, ...patches])
    const ids = Array.from({ length: CLIENTS }, (_, i) => `client${i}`)
    for (let run = 0; run < RUNS; run++) {
      const scene = new Scene(lib, { ids })
      const server = new RogueServer(scene, (await scene.advertise()).values())
      await server.collectShareKeys()
      await server.collectInputs()
    }
    return recorded
  } finally {
    Reflect.deleteProperty(globalThis, 'derivations')
  }
}

/** What is wrong with these keys; nothing, if all is well. */
function flaws(all: readonly Derivation[]): string[] {
  const found: string[] = []
  for (const [label, { keys, times, bits }] of Object.entries(EXPECTED)) {
    const ours = all.filter(derivation => derivation.label === label)
    const count = new Map<string, number>()
    for (const { key } of ours) count.set(key.join(), (count.get(key.join()) ?? 0) + 1)
    if (count.size !== keys || [...count.values()].some(n => n !== times)) found.push(`${label} keys repeat`)
    if (!everyBitVaries(ours.map(({ key }) => key))) found.push(`bits of ${label} keys are fixed`)
    if (
      !everyBitVaries(
        ours.map(({ secret }) => secret),
        bits,
      )
    )
      found.push(`bits of the secrets of ${label} keys are fixed`)
  }
  return found
}

/** Within six standard deviations of as often 1 as 0: one bit in 10^9 does worse by chance. */
function everyBitVaries(strings: readonly Uint8Array[], bits: number = 8 * strings[0]!.length): boolean {
  // Each key and secret of two ends occurs twice: half as many are independent.
  const bound = 6 * Math.sqrt(strings.length / 2)
  return Array.from({ length: bits }, (_, bit) => bit).every(bit => {
    const ones = strings.filter(bytes => ((bytes[bit >> 3]! >> (bit & 7)) & 1) === 1).length
    return ones > 0 && ones < strings.length && Math.abs(ones - strings.length / 2) < bound
  })
}

describe('the keys of two aggregations of the same clients', () => {
  it('are all different, and vary in every bit, and so do the secrets that they come from', async () => {
    expect(flaws(await derivations([]))).toEqual([])
  })

  it('are seen to be weak when a secret is folded into 32 bits', async () => {
    const folded: Patch = {
      file: 'client/mask-input.ts',
      find: 'const secret = mask.agree(neighbour.maskKey)',
      replace: 'const secret = mask.agree(neighbour.maskKey).fill(0, 4)',
    }
    expect(flaws(await derivations([folded]))).toEqual(['bits of the secrets of pairwise keys are fixed'])
  })

  it('are seen to be weak when a key is', async () => {
    const folded: Patch = {
      file: 'primitives/kdf.ts',
      find: 'return hkdfSha256(ikm, info, length)',
      replace: 'return hkdfSha256(ikm, info, length).fill(0, 4)',
    }
    const expected = ['share', 'pairwise', 'self'].map(label => `bits of ${label} keys are fixed`)
    expect(flaws(await derivations([folded]))).toEqual(expected)
  })

  it('are seen to repeat when nothing of the aggregation and of the two clients goes into them but few bits', async () => {
    const folded: Patch = {
      file: 'client/mask-input.ts',
      find: 'const key = pairwiseMaskKey(secret, state.t1, id, neighbour.id)',
      replace: "const key = pairwiseMaskKey(secret.fill(0, 1), new Uint8Array(32), 'a', 'b')",
    }
    expect(flaws(await derivations([folded]))).toContain('pairwise keys repeat')
  })
})
