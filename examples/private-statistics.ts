// A survey whose answers nobody sees. Seven people mask their answers; what comes out is the sum over those who stayed,
// and the masks of the one who left do not spoil it.
import { dropoutsAt, secureSum } from 'secagg'

const CHOICES = ['never', 'sometimes', 'often']

const people = {
  ada: { answer: 'often', income: 4100 },
  ben: { answer: 'never', income: 2350 },
  cleo: { answer: 'sometimes', income: 3200 },
  dan: { answer: 'often', income: 2800 },
  eve: { answer: 'sometimes', income: 5150 },
  finn: { answer: 'sometimes', income: 1900 },
  gus: { answer: 'often', income: 91_000 },
}

// Cleo closes the page after the others have masked their answers with keys that only she shares with them.
const dropouts = dropoutsAt({ 0: { cleo: 'MaskedInputCollection' } })

// Whole numbers are summed exactly. An answer is a 1 in its place and 0 elsewhere, so the sum is a histogram. A value out
// of its range is an error before anything is sent, never cut in silence.
const ballots = Object.fromEntries(
  Object.entries(people).map(([name, { answer }]) => [name, CHOICES.map(choice => Number(choice === answer))]),
)
const histogram = await secureSum(ballots, { kind: 'integers', min: 0, max: 1, dropouts })

console.log(`"Do you read the terms and conditions?" ${histogram.survivors.length} answers counted:`)
for (const [i, choice] of CHOICES.entries())
  console.log(`  ${choice.padEnd(9)}  ${'*'.repeat(Number(histogram.sum[i]))}`)

// Real numbers are clipped first, so that one person cannot shift the mean at will, and put on a grid, whose error is
// bounded. How many there are in the sum is known: the survivors.
const incomes = Object.fromEntries(Object.entries(people).map(([name, { income }]) => [name, [income]]))
const total = await secureSum(incomes, { kind: 'reals', clip: { kind: 'coordinate', bound: 10_000 }, dropouts })

const mean = total.sum[0]! / total.survivors.length
const error = total.encoding.worstCaseError / total.survivors.length
console.log(`Mean income of those ${total.survivors.length}: ${mean.toFixed(2)}, exact to within ${error.toFixed(3)}`)
console.log(`  ${total.encoding.clippedCoordinates} income lay above 10,000 and counts as 10,000`)
for (const { id, round } of total.dropped) console.log(`  ${id} left in ${round}`)
