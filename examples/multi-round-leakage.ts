// Secure aggregation hides a worker behind a sum. Two sums over nearly the same people hide nobody: their difference is what
// the one who is missing has answered. A leakage guard remembers who was in which sum and ends the second round in time.
import { AggregationAbortedError, batchCohorts, dropoutsAt, RoundLeakageGuard, secureSum } from 'secagg'

const salaries = { ann: 3100, ben: 2700, cleo: 4400, dan: 2950, eve: 5230, finn: 3800 }

type Name = keyof typeof salaries

const ids = Object.keys(salaries) as Name[]

// What somebody learns who sees only the sums. In the second round, eve loses her connection.
const evesTrainEntersATunnel = dropoutsAt({ 1: { eve: 'MaskedInputCollection' } })

async function totalOf(names: readonly Name[], round: number, leakageGuard?: RoundLeakageGuard) {
  const vectors = Object.fromEntries(names.map(name => [name, [salaries[name]]]))
  const dropouts = evesTrainEntersATunnel
  const common = { kind: 'integers', min: 0, max: 100_000, round, dropouts } as const
  const { sum, survivors } = await secureSum(vectors, { ...common, ...(leakageGuard && { leakageGuard }) })
  return { total: Number(sum[0]), survivors }
}

console.log('Without a guard')
const january = await totalOf(ids, 0)
console.log(`  sum of ${january.survivors.join(', ')}: ${january.total}`)
const february = await totalOf(ids, 1)
console.log(`  sum of ${february.survivors.join(', ')}: ${february.total}`)
console.log(`  the difference is what eve earns: ${january.total - february.total}`)

console.log('With a guard that keeps at least 2 together')
const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
console.log(`  first sum: ${(await totalOf(ids, 0, leakageGuard)).total}`)
try {
  await totalOf(ids, 1, leakageGuard)
} catch (error) {
  if (!(error instanceof AggregationAbortedError) || error.code !== 'multi-round-leakage') throw error
  console.log(`  second sum: none. ${error.message}`)
}

// Cohorts that never come to this: people take part in fixed batches, and a batch as a whole or not at all. That eve's batch
// stays away is known before the round starts; her neighbour stays away with her.
const { cohort } = batchCohorts(
  ids.map(id => ({ id })),
  { batchSize: 2 },
)
const without = cohort(1, ({ id }) => id !== 'eve').map(({ id }) => id)
const { total, survivors } = await totalOf(without, 1, leakageGuard)
console.log(`  sum over whole batches, ${survivors.join(', ')}: ${total}`)
console.log(`  what can be subtracted now is ${january.total - total}, of eve and finn together`)
