import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { UsageError } from '../errors.ts'
import { requireBytes, utf8 } from '../primitives/bytes.ts'
import { fillKeystream } from '../primitives/prg.ts'

const SEED_BYTES = 32
const KEY_BYTES = 16
const MAX_WORDS_PER_FILL = 16_384
const WORD_RANGE = 2 ** 32
const LABEL: Uint8Array = utf8('secagg v1 graph positions')

/**
 * Assigns clients to the positions of the circulant: a uniformly random permutation, which is what makes a Harary graph
 * a random one. The same ids and seed give the same order everywhere: ids are sorted by their UTF-8 bytes, then shuffled
 * (Fisher-Yates from the end) with words of the AES-128-CTR keystream under HKDF-SHA-256(seed, "secagg v1 graph positions").
 *
 * Whoever knows the seed before the cohort is fixed can choose its place in the graph: draw it fresh, after the roster.
 *
 * @param ids - the clients, distinct, in any order
 * @param seed - 32 bytes of randomness
 * @returns the ids in position order
 * @throws {@link UsageError} `bad-length` (seed), `ill-formed-text` (a lone surrogate in an id) or `duplicate-client-id`
 */
export async function assignPositions(ids: readonly string[], seed: Uint8Array): Promise<string[]> {
  requireBytes('graph seed', seed, SEED_BYTES)
  const order = sortByUtf8(ids)
  await shuffle(order, hkdf(sha256, seed, undefined, LABEL, KEY_BYTES))
  return order
}

/** Fisher-Yates; each draw takes the next keystream word, or further ones while they would bias the remainder. */
async function shuffle(order: string[], key: Uint8Array): Promise<void> {
  const words = new Uint32Array(Math.min(order.length, MAX_WORDS_PER_FILL))
  let used = words.length
  let firstWord = 0
  for (let last = order.length - 1; last > 0; last--) {
    const bound = last + 1
    const unbiased = WORD_RANGE - (WORD_RANGE % bound)
    let word: number
    do {
      if (used === words.length) {
        await fillKeystream(key, firstWord, words)
        firstWord += words.length
        used = 0
      }
      word = words[used++] as number
    } while (word >= unbiased)
    const chosen = word % bound
    const moved = order[chosen] as string
    order[chosen] = order[last] as string
    order[last] = moved
  }
}

/** JavaScript's own order is by UTF-16 units, which another implementation would have to imitate. */
function sortByUtf8(ids: readonly string[]): string[] {
  const keyed = ids.map(id => ({ id, bytes: utf8(id) })).sort((a, b) => compareBytes(a.bytes, b.bytes))
  keyed.forEach(({ id }, i) => {
    if (keyed[i - 1]?.id !== id) return
    throw new UsageError('duplicate-client-id', `Two clients share the id '${id}'; ids are distinct.`, { clientId: id })
  })
  return keyed.map(({ id }) => id)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
