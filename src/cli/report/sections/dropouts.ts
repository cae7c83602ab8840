import type { ProtocolRound } from '../../../index.ts'
import { count, plural } from '../../output/format.ts'
import type { RoundReport } from '../../training/reports.ts'
import { type Chart, type Draw, PALETTE } from '../chart.ts'
import { type Html, html } from '../html.ts'
import type { RunRecord } from '../record.ts'

const PROTOCOL_ROUNDS: readonly ProtocolRound[] = [
  'AdvertiseKeys',
  'ShareKeys',
  'MaskedInputCollection',
  'ConsistencyCheck',
  'Unmasking',
]

/** Who left in these rounds had sent its masked update before: it is in the sum. */
const AFTER_THE_INPUT: readonly string[] = ['ConsistencyCheck', 'Unmasking']

/** Workers that left one federated round in one protocol round. */
export interface DropoutCount {
  readonly round: number
  readonly phase: ProtocolRound
  readonly workers: number
}

/** How many left where, without the places where nobody did. */
export function dropoutCounts(rounds: readonly RoundReport[]): DropoutCount[] {
  return rounds.flatMap(({ round, dropped }) =>
    PROTOCOL_ROUNDS.map(phase => ({ round, phase, workers: dropped.filter(who => who.round === phase).length })).filter(
      ({ workers }) => workers > 0,
    ),
  )
}

/** Who dropped out where. */
export async function dropoutSection({ summary, experiment }: RunRecord, draw: Draw): Promise<Html> {
  const counts = dropoutCounts(summary.rounds)
  const total = counts.reduce((sum, { workers }) => sum + workers, 0)
  const aborted = summary.rounds.filter(round => round.aborted !== undefined)
  const chart = total > 0 ? await draw(countChart(counts, summary.rounds)) : undefined
  return html`<section id="dropouts">
    <h2>Who dropped out where</h2>
    <p>${totalText(total, summary.rounds.length, experiment.settings.workers)} ${abortText(aborted.length)}</p>
    ${chart && html`<div class="charts"><figure>${chart}<figcaption>Workers that left, by federated round and the protocol round in which they fell silent.</figcaption></figure></div>`}
    ${total > 0 ? dropoutTable(summary.rounds) : undefined}
    ${aborted.length > 0 ? html`<ul>${aborted.map(({ round, aborted }) => html`<li>Round ${round} gave no sum: ${aborted!.message}</li>`)}</ul>` : undefined}
  </section>`
}

function totalText(total: number, rounds: number, workers: number): string {
  if (rounds === 0) return 'No round was run.'
  if (total === 0) return `Nobody, in ${plural(rounds, 'round')} of ${count(workers)} workers.`
  return `${plural(total, 'dropout')} in ${plural(rounds, 'round')} of ${count(workers)} workers.`
}

function abortText(aborted: number): string {
  return aborted === 0 ? '' : `${plural(aborted, 'round')} had too few left and ended without a sum.`
}

function dropoutTable(rounds: readonly RoundReport[]): Html {
  const rows = rounds.flatMap(({ round, dropped }) =>
    dropped.map(({ id, round: phase, reason }) => {
      const counted = AFTER_THE_INPUT.includes(phase) ? 'yes' : 'no'
      return html`<tr><td>${round}</td><th scope="row">${id}</th><td>${phase}</td><td>${reason}</td><td>${counted}</td></tr>`
    }),
  )
  return html`<details><summary>Every dropout</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Every dropout"><table>
    <thead><tr><th scope="col">Round</th><th scope="col">Worker</th><th scope="col">Left in</th><th scope="col">Why</th><th scope="col">In the sum, if there is one</th></tr></thead>
    <tbody>${rows}</tbody></table></div></details>`
}

function countChart(values: readonly DropoutCount[], rounds: readonly RoundReport[]): Chart {
  const seen = PROTOCOL_ROUNDS.filter(phase => values.some(value => value.phase === phase))
  const last = rounds.length
  return {
    description: 'dropouts by federated round and protocol round',
    height: 190 + 15 * seen.length,
    values,
    parts: {
      mark: { type: 'bar', width: { band: 0.8 } },
      encoding: {
        x: {
          field: 'round',
          type: 'ordinal',
          scale: { domain: rounds.map(({ round }) => round) },
          axis: { title: 'round', labelAngle: 0, grid: false, labelOverlap: true, ticks: last <= 20 },
        },
        y: { field: 'workers', type: 'quantitative', axis: { title: null, tickMinStep: 1, format: 'd' } },
        color: {
          field: 'phase',
          type: 'nominal',
          legend: { columns: 1 },
          scale: { domain: seen, range: seen.map(phase => PALETTE[PROTOCOL_ROUNDS.indexOf(phase)]) },
        },
        order: { field: 'phase', sort: 'ascending' },
      },
    },
  }
}
