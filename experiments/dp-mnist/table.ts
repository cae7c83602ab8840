import type { Cell, Mechanism } from './setting.ts'
import type { RoundLine } from './state.ts'

/** What the table is about, for its caption. */
export interface TableSubject {
  /** What the digits that are tested on may be called. */
  readonly testName: string
  readonly testDigits: number
  readonly clients: number
  readonly digitsEach: number
  readonly cohort: number
  readonly groups: number
  readonly participations: number
  readonly parameters: number
  readonly delta: number
  readonly clip: number
  readonly bits: number
  readonly jobs: number
}

/** The last round of every repetition of one entry of the table. */
function finals(lines: readonly RoundLine[], rounds: number, mechanism: Mechanism, budget?: number): RoundLine[] {
  return lines.filter(line => line.mechanism === mechanism && line.budget === budget && line.round === rounds - 1)
}

/** The table as Markdown: accuracy after the last round, the mean over repetitions where there are several. */
export function renderTable(lines: readonly RoundLine[], cells: readonly Cell[], subject: TableSubject): string {
  const rounds = subject.groups * subject.participations
  const budgets = [...new Set(cells.flatMap(({ epsilon }) => (epsilon === undefined ? [] : [epsilon])))]
  const without = accuracy(finals(lines, rounds, 'none'))
  const rows = budgets.map(budget => {
    const central = finals(lines, rounds, 'central', budget)
    const distributed = finals(lines, rounds, 'distributed', budget)
    const difference = 100 * (mean(distributed) - mean(central))
    const spent = distributed.map(({ epsilon }) => epsilon!.toFixed(3))[0]
    const multiplier = distributed[0]!.noiseMultiplier!.toFixed(2)
    const gap = `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(2)}`
    return `| ${budget} | ${spent} | ${multiplier} | ${without} | ${accuracy(central)} | ${accuracy(distributed)} | ${gap} |`
  })
  return [
    '# Accuracy against epsilon',
    '',
    '| ε | ε spent | noise multiplier | no noise | central Gaussian | distributed discrete Gaussian | difference, points |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    caption(lines, cells, subject),
    '',
  ].join('\n')
}

function caption(lines: readonly RoundLine[], cells: readonly Cell[], subject: TableSubject): string {
  const { testName, testDigits, clients, digitsEach, cohort, groups, participations } = subject
  const { parameters, delta, clip, bits, jobs } = subject
  const repetitions = 1 + Math.max(...cells.map(({ repetition }) => repetition))
  const times = repetitions > 1 ? `; the mean of ${repetitions} runs under noise, each in brackets` : ''
  const cpu = lines.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
  return [
    `Accuracy on the ${testName} (${number(testDigits)} digits) after ${groups * participations} rounds${times}.`,
    `${number(clients)} clients of ${digitsEach} digits take turns in ${groups} fixed groups: ${number(cohort)} in a round, each`,
    `client in exactly ${participations} rounds. A CNN of ${number(parameters)} parameters; updates clipped to an L2 norm of ${clip};`,
    `${bits} bits per coordinate. The columns share the clients, the initial weights, the schedule, the local training and its`,
    `seed: only the noise differs. Without noise the last ${groups} rounds still gained ${lastGain(lines, groups).toFixed(2)} points.`,
    '',
    `ε is each client's own, for its whole data, at δ = ${delta.toExponential()}, against a server that sees who takes part: no amplification by`,
    'sampling is claimed. Each group has a `DistributedPrivacy` of its own, calibrated alike, that counts the rounds its clients',
    'are in; the sums of other groups hold nothing of theirs. The trusted server adds its noise to the mean of the same clipped',
    "updates, by the same accountant. Nobody drops out here: a cohort whose fewest survivors are k of n has n / k times the noise's",
    'variance while all stay.',
    '',
    `\`experiments/dp-mnist.ts\` made it: ${lines.length} rounds in ${(cpu / 60).toFixed(0)} minutes of CPU time, ${wallMinutes(lines).toFixed(0)} by the clock with ${jobs} processes`,
    'on a machine that others used too. The rounds ran in clear, with the same encoding, noise and sum as the secure ones; noise',
    'is fresh in every run.',
  ].join('\n')
}

/** How far from its end the training without noise is: points gained since every group last took its turn. */
function lastGain(lines: readonly RoundLine[], groups: number): number {
  const accuracies = lines.filter(line => line.mechanism === 'none').map(line => line.accuracy)
  return 100 * (accuracies.at(-1)! - (accuracies.at(-1 - groups) ?? 0))
}

/** From the start of the first round to the end of the last, pauses included. */
function wallMinutes(lines: readonly RoundLine[]): number {
  const ends = lines.map(({ finished }) => Date.parse(finished) / 1e3)
  const starts = lines.map(({ seconds }, i) => ends[i]! - seconds)
  return (Math.max(...ends) - Math.min(...starts)) / 60
}

function mean(lines: readonly RoundLine[]): number {
  if (lines.length === 0) throw new Error('A cell of the table has not run to its end.')
  return lines.reduce((sum, { accuracy: value }) => sum + value, 0) / lines.length
}

function accuracy(lines: readonly RoundLine[]): string {
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`
  if (lines.length < 2) return percent(mean(lines))
  return `${percent(mean(lines))} (${lines.map(line => (100 * line.accuracy).toFixed(2)).join(', ')})`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
