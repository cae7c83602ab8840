// Prints the tables of docs/parameters.md: npm run build && node scripts/parameters-table.mjs
import { findGraphParameters } from '../dist/secagg/graph/index.js'

const COHORTS = [100, 1_000, 10_000, 100_000, 1_000_000]
const FRACTIONS = [
  [0.01, 0.05],
  [0.05, 0.05],
  [0.05, 0.3],
  [0.1, 0.1],
  [0.1, 0.3],
  [0.2, 0.1],
  [0.33, 0.05],
  [0.33, 0.33],
]
/** As far as a degree is looked for that 255 shares cannot serve, to say by how much they miss. */
const RAISED = 16_384

const percent = fraction => `${Math.round(fraction * 100)} %`
const cohort = clients => clients.toLocaleString('en-US')

function find(beliefs) {
  try {
    return findGraphParameters(beliefs)
  } catch (error) {
    if (error.code === 'infeasible-parameters') return undefined
    throw error
  }
}

function cell(beliefs) {
  const found = find(beliefs)
  if (found) return `${found.degree} / ${found.threshold}${found.complete ? ' c' : ''}`
  const raised = find({ ...beliefs, maxDegree: Math.min(RAISED, beliefs.clients - 1) })
  return raised ? `– (${raised.degree})` : '–'
}

function row(cells) {
  return `| ${cells.join(' | ')} |`
}

for (const semiMalicious of [false, true]) {
  console.log(`\n${semiMalicious ? 'Semi-malicious' : 'Semi-honest'} server:\n`)
  console.log(row(['corrupted', 'dropped', ...COHORTS.map(cohort)]))
  console.log(row(Array(COHORTS.length + 2).fill('---:')))
  for (const [corruptFraction, dropoutFraction] of FRACTIONS) {
    const cells = COHORTS.map(clients => cell({ clients, corruptFraction, dropoutFraction, semiMalicious }))
    console.log(row([percent(corruptFraction), percent(dropoutFraction), ...cells]))
  }
}

console.log('\nWhat each belief costs, from 1,000 clients, 5 % corrupted, 10 % dropped, 40 and 30 bits, semi-honest:\n')
console.log(row(['changed', 'neighbours', 'threshold', 'disconnected', 'privacy failure', 'correctness failure']))
console.log(row(['---', ...Array(5).fill('---:')]))
const base = { clients: 1_000, corruptFraction: 0.05, dropoutFraction: 0.1 }
const changes = [
  {},
  { corruptFraction: 0.2 },
  { dropoutFraction: 0.3 },
  { security: 60 },
  { correctness: 10 },
  { semiMalicious: true },
]
const power = log2 => (log2 === Number.NEGATIVE_INFINITY ? 'never' : `2^${log2.toFixed(1)}`)
for (const change of changes) {
  const { degree, threshold, probabilities } = findGraphParameters({ ...base, ...change })
  const { disconnected, privacyFailure, correctnessFailure } = probabilities
  const what =
    Object.entries(change)
      .map(([field, value]) => `\`${field}: ${value}\``)
      .join(', ') || 'nothing'
  console.log(row([what, degree, threshold, power(disconnected), power(privacyFailure), power(correctnessFailure)]))
}
