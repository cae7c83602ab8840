import { sha256 } from '@noble/hashes/sha2.js'
import { type EncodingInput, type EncodingPlan, encodeInput, type RingVector } from '../../secagg/encoding/index.ts'
import { SecAggError } from '../../secagg/errors.ts'
import { secureRandom } from '../../secagg/primitives/random.ts'
import type { RoundAnnouncement } from './announcement.ts'

/** The part of an announcement that says what to compute. */
export type Assignment = Pick<RoundAnnouncement, 'federatedRound' | 'encoding' | 'task'>

/** What a machine-readable error code looks like, such as `ENOENT` or `out-of-memory`. */
const CODE = /^[A-Za-z][\w-]{0,47}$/

/** Computes one participant's input, in clear and on its own machine. */
export type Contribute = (assignment: Assignment, signal?: AbortSignal) => Promise<EncodingInput>

/** Who contributes, and how. */
export interface Contributor {
  readonly id: string
  readonly contribute: Contribute
  /** Seed of the stochastic rounding; fresh randomness when absent. */
  readonly roundingSeed?: number
  readonly signal?: AbortSignal
}

/**
 * A participant has no input to give: its own computation failed, or what it gave does not fit. The message never contains
 * values of its data, nor the text of foreign errors, which may; `cause` is the original error and stays in the process of
 * the participant.
 */
export class ContributionError extends SecAggError {
  override readonly name = 'ContributionError'
}

/**
 * Computes a contribution and encodes it.
 *
 * @returns the input in clear and the ring vector that it became; neither is for anybody else.
 * @throws ContributionError; the reason of `signal` as soon as that aborts, even if the computation does not heed it.
 */
export async function encodedContribution(
  plan: EncodingPlan,
  assignment: Assignment,
  { id, contribute, roundingSeed, signal }: Contributor,
): Promise<{ input: EncodingInput; vector: RingVector }> {
  try {
    signal?.throwIfAborted()
    const input = await orAborted(() => contribute(assignment, signal), signal)
    const key = roundingKey(roundingSeed, assignment, id)
    return { input, vector: (await encodeInput(plan, input, key)).vector }
  } catch (error) {
    signal?.throwIfAborted()
    const code = error instanceof SecAggError ? error.code : 'contribution-failed'
    throw new ContributionError(code, `"${id}" has no input to give: ${explain(error)}`, { clientId: id, cause: error })
  }
}

/** Our own errors hold no data. Of others only the kind is told, and the code, which is a name too. */
function explain(error: unknown): string {
  if (error instanceof SecAggError) return error.message
  const kind = error instanceof Error ? error.constructor.name : typeof error
  const code = (error as { code?: unknown } | null | undefined)?.code
  const named = typeof code === 'string' && CODE.test(code) ? `${kind} "${code}"` : kind
  return `its own code threw ${named}; what it said is in the cause of this error, on the worker's side`
}

/** Waits for work or for the signal, whichever comes first. What becomes of the work after an abort is nobody's concern. */
function orAborted<T>(start: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return start()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    start()
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject)
  })
}

/**
 * The 16-byte key of a participant's stochastic rounding. From the experiment's seed it is reproducible, which is safe:
 * rounding hides nothing. Without a seed it is fresh.
 */
function roundingKey(seed: number | undefined, { federatedRound, task }: Assignment, id: string): Uint8Array {
  if (seed === undefined) return secureRandom(16)
  const text = JSON.stringify(['secagg rounding v1', seed, task.kind, federatedRound, id])
  return sha256(new TextEncoder().encode(text)).slice(0, 16)
}
