import { type AggregationPlan, LARGEST_AGGREGATION, type PlannedNoise, type PredictedTimes } from '../../index.ts'
import { bytes, count, duration, plural } from './format.ts'
import { SERVERS } from './heading.ts'
import { type Column, facts, header, row, wrap } from './layout.ts'
import type { Style } from './style.ts'

const TRAFFIC_COLUMNS: readonly Column[] = [
  { title: 'protocol round', width: 24, align: 'left' },
  { title: 'up', width: 16, align: 'right' },
  { title: 'down', width: 16, align: 'right' },
]

/** A plan for people. */
export function planLines(plan: AggregationPlan, times: PredictedTimes | undefined, style: Style): string[] {
  return [
    ...onPaper(plan, style),
    style.bold('Cohort and graph'),
    ...facts([
      ['clients', `${count(plan.clients)}; ${count(plan.corrupted)} may collude, ${count(plan.dropped)} may leave`],
      ['server', SERVERS[plan.threatModel]],
      ['neighbours', neighbours(plan)],
      ['threshold', `${plan.threshold} shares open a secret`],
    ]),
    '',
    ...chances(plan, style),
    ...traffic(plan, style),
    ...(plan.noise === undefined ? [] : privacy(plan.noise, style)),
    ...(times === undefined ? [] : work(plan, times, style)),
  ]
}

function onPaper({ clients, aggregations }: AggregationPlan, style: Style): string[] {
  if (aggregations === 1) return []
  const text =
    `On paper only: one aggregation takes at most ${count(LARGEST_AGGREGATION)} clients. To run this, split the ` +
    `${count(clients)} clients into ${count(aggregations)} aggregations and plan one of them; what follows is for a ` +
    'single one over all of them.'
  return [...wrap(text, 0).map(style.yellow), '']
}

function neighbours({ degree, graph }: AggregationPlan): string {
  return graph.kind === 'complete'
    ? `${degree} each: everybody is everybody's neighbour`
    : `${degree} each, on a ring in random order (random Harary graph)`
}

function chances({ probabilities }: AggregationPlan, style: Style): string[] {
  const { disconnected, privacyFailure, correctnessFailure } = probabilities
  return [
    style.bold('Chances that it fails, while no more collude or leave than that'),
    ...facts([
      ['security', `${chance(privacyFailure)}: enough of a client's neighbours collude to unmask it`],
      ['', `${chance(disconnected)}: the survivors fall into parts with sums of their own`],
      ['correctness', `${chance(correctnessFailure)}: too few neighbours stay to open a secret, and it aborts`],
    ]),
    '',
  ]
}

function chance(log2: number): string {
  return log2 === Number.NEGATIVE_INFINITY ? 'none' : `2^${log2.toFixed(1)}`
}

function traffic(plan: AggregationPlan, style: Style): string[] {
  const { modulusBits, vectorLength, dimension, bits, uploadBytes, downloadBytes, clearBytes } = plan
  const { uploadExpansion, idBytes, noise } = plan
  const line = (name: string, up: number, down: number) => row(TRAFFIC_COLUMNS, [name, size(up), size(down)])
  const rounds = Object.entries(plan.traffic).filter(([, { up, down }]) => up + down > 0)
  return [
    style.bold('Bytes of one client'),
    ...facts([
      ['modulus', `2^${modulusBits}: sums of ${bits}-bit coordinates ${wrapping(noise)}`],
      [
        'vector',
        `${count(vectorLength)} entries: ${plural(dimension, 'coordinate')}${noise ? '' : ', weight, metrics and errors'}`,
      ],
    ]),
    style.dim(header(TRAFFIC_COLUMNS)),
    ...rounds.map(([name, { up, down }]) => line(name, up, down)),
    line('all rounds', uploadBytes, downloadBytes),
    ...wrap(
      `Up that is ${uploadExpansion.toFixed(3)} times the ${bytes(clearBytes)} of the update in clear. Every message of the ` +
        `protocol is counted, headers and all, for a client that stays while nobody leaves; ids have ${idBytes} bytes. ` +
        'Sending the model out comes on top.',
      2,
    ),
    '',
  ]
}

function wrapping(noise: PlannedNoise | undefined): string {
  if (noise === undefined) return 'cannot wrap around'
  // Probabilities that a double cannot hold come out as 0.
  const chance = Math.max(noise.wrapProbability, 1e-300)
  return `and their noise wrap around with a chance of ${chance.toExponential(0)} at most`
}

/** Down differs from place to place: its mean is no whole number. */
function size(value: number): string {
  return count(Math.round(value))
}

function work({ clients, dropped }: AggregationPlan, times: PredictedTimes, style: Style): string[] {
  return [
    style.bold('CPU time, from a calibration on this machine'),
    ...facts([
      ['client', `${time(times.clientSeconds)}, encoding included, training not`],
      [
        'server',
        `${time(times.serverSeconds)} for ${count(clients)} clients of whom ${count(dropped)} leave just before they mask`,
      ],
    ]),
  ]
}

function privacy(noise: PlannedNoise, style: Style): string[] {
  const { budget, delta, rounds, epsilonAfterOne, epsilon, minimumSurvivors, assumedCorrupted, clip } = noise
  const { noiseMultiplier, perClientVariance, noiseDeviation, quantizationDeviation, expectedError } = noise
  return [
    style.bold('Differential privacy of a whole update, against the server'),
    ...facts([
      ['budget', `epsilon ${budget} at delta ${figure(delta)}, for ${plural(rounds, 'round')}`],
      ['epsilon', `${figure(epsilonAfterOne)} after 1 round, ${figure(epsilon)} after ${count(rounds)}`],
      ['noise', `${figure(noiseMultiplier)} times the sensitivity: an update of norm ${clip} at most, rounded`],
      ['', `calibrated for ${count(minimumSurvivors)} survivors, ${count(assumedCorrupted)} of them corrupted`],
      ['share', `variance ${figure(perClientVariance)} in ring units for each client`],
      [
        'error',
        `of a coordinate of the mean: ${figure(noiseDeviation)} noise, ${figure(quantizationDeviation)} rounding`,
      ],
      [
        '',
        `${figure(expectedError)} in all, ${figure(noise.expectedVectorError)} over the whole vector, as root mean squares`,
      ],
    ]),
    '',
  ]
}

/** Three digits, and no more zeros than one can count. */
function figure(value: number): string {
  return value !== 0 && (value < 1e-3 || value >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(3)))
}

const HOUR = 3600
const DAY = 24 * HOUR
const YEAR = 365.25 * DAY

/** Durations beyond what anybody waits for at a terminal are in hours, days or years. */
function time(seconds: number): string {
  if (seconds < 2 * HOUR) return duration(seconds)
  if (seconds < 2 * DAY) return `${(seconds / HOUR).toFixed(1)} hours`
  return seconds < 2 * YEAR ? `${(seconds / DAY).toFixed(1)} days` : `${count(Math.round(seconds / YEAR))} years`
}

/** A plan for programs: one line. What cannot happen has the probability `null`, where JSON knows no -Infinity. */
export function planJson(plan: AggregationPlan, times: PredictedTimes | undefined): string {
  return JSON.stringify({ ...plan, ...times })
}
