/**
 * Where the server's time goes in a large cohort: node build/bench/unmasking.js [--clients N] [--entries N] [--late]
 * (after npm run bench:masking, which builds it).
 *
 * First what it costs to reconstruct one secret. Then a whole simulated aggregation in which three in ten clients leave,
 * as many in each round; with --late all of them after they have shared their keys, the most expensive moment. The sum is
 * compared with the plaintext sum. The floor is the keystream that unmasking needs, at the rate of `openssl speed`.
 */
import { parseArgs } from 'node:util'
import { findGraphParameters, neighboursOf } from '../src/secagg/graph/index.ts'
import type { UnmaskingRequest } from '../src/secagg/messages/unmasking-request.ts'
import { secureRandom } from '../src/secagg/primitives/random.ts'
import { combineShares, splitWith } from '../src/secagg/primitives/shamir.ts'
import { configureThreads } from '../src/secagg/primitives/threads.ts'
import { type Fault, faultsAt, type MessageSight, seededRandom, simulate } from '../src/secagg/testing/index.ts'
import { seededInputs } from '../src/secagg/testing/population.ts'
import { opensslBytesPerSecond } from './masking/openssl.ts'

const DROPOUTS = 0.3
const MODULUS_BITS = 24
const ROUNDS = ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'Unmasking'] as const

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    entries: { type: 'string', default: '100000' },
    threads: { type: 'string' },
    late: { type: 'boolean', default: false },
  },
})
const clients = Number(values.clients)
const entries = Number(values.entries)
if (values.threads !== undefined) configureThreads({ threads: Number(values.threads) })

for (const threshold of [40, 60, 171, 255]) {
  console.log(
    `one secret from ${`${threshold}`.padStart(3)} shares: ${timeCombine(threshold).toFixed(0).padStart(4)} us of CPU`,
  )
}
await timeServer()

/** Microseconds of CPU time. */
function timeCombine(threshold: number): number {
  const secret = secureRandom(32)
  const sets = Array.from({ length: 20 }, () => splitWith(secret, threshold, threshold, secureRandom))
  const run = (times: number) => {
    for (let i = 0; i < times; i++) {
      if (combineShares(sets[i % sets.length]!, threshold)[0] !== secret[0]) throw new Error('a wrong secret')
    }
  }
  run(2000) // compiles
  const start = process.cpuUsage()
  run(4000)
  return cpuSince(start) / 4000
}

async function timeServer(): Promise<void> {
  const { graph, threshold } = findGraphParameters({ clients, corruptFraction: 0.05, dropoutFraction: DROPOUTS })
  const parameters = {
    threatModel: 'semi-honest',
    graph,
    threshold,
    vectorLength: entries,
    modulusBits: MODULUS_BITS,
  } as const
  const ids = Array.from({ length: clients }, (_, i) => `client-${i}`)
  const inputs = seededInputs(seededRandom('inputs'), { ...parameters, clients })
  let request: UnmaskingRequest | undefined
  let lastAnswer: NodeJS.CpuUsage | undefined
  let closing: number | undefined
  const result = await simulate({
    seed: 'unmasking',
    clients: ids,
    parameters,
    faults: faultsAt(dropouts(ids)),
    observe({ direction, round, message }: MessageSight) {
      if (message.type === 'UnmaskingRequest') request = message
      if (direction === 'up' && round === 'Unmasking') lastAnswer = process.cpuUsage()
    },
    inputs(id) {
      // For the sum to compare with, which is made when the round has been closed.
      if (lastAnswer !== undefined) closing ??= cpuSince(lastAnswer)
      return inputs(id)
    },
  })
  if (result.outcome !== 'sum' || !result.sum.equals(result.expectedSum)) throw new Error('there is no right sum')
  const { survivors, dropped } = request!
  const { size } = survivors
  const pairs = [...dropped].flatMap(position =>
    neighboursOf(position, size, graph).filter(other => survivors.has(other)),
  )
  const masks = survivors.count + pairs.length

  console.log(
    `\n${clients} clients, ${entries} entries of ${MODULUS_BITS} bits, degree ${JSON.stringify(graph)}, threshold ${threshold}`,
  )
  console.log(`${survivors.count} survivors, ${dropped.count} dropped out after ShareKeys: ${masks} masks taken off`)
  for (const round of ROUNDS)
    console.log(`server, ${round.padEnd(21)} ${result.timings[round].server.toFixed(0).padStart(6)} ms by clock`)
  console.log(`closing Unmasking            ${(closing! / 1e3).toFixed(0).padStart(6)} ms of CPU`)
  const rate = opensslBytesPerSecond()
  if (rate === undefined) return
  const floor = (masks * entries * 4 * 1e3) / rate
  console.log(
    `the keystream alone          ${floor.toFixed(0).padStart(6)} ms of CPU by openssl (${(closing! / 1e3 / floor).toFixed(1)} x)`,
  )
}

function dropouts(ids: readonly string[]): Fault[] {
  const leaving = ids.filter((_, i) => i % 10 < 10 * DROPOUTS)
  const round = (i: number) => (values.late ? 'MaskedInputCollection' : ROUNDS[i % ROUNDS.length]!)
  return leaving.map((client, i) => ({ kind: 'drop', round: round(i), client }))
}

/** Microseconds, of all threads. */
function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return user + system
}
