import type { EncodingNumerics } from '../../../index.ts'
import { percent } from '../../output/format.ts'
import type { RoundReport } from '../../training/reports.ts'
import { type Html, html } from '../html.ts'
import type { RunRecord } from '../record.ts'

/** A round with a sum. */
type Summed = RoundReport & { readonly encoding: EncodingNumerics }

/** A column of the table, and what it means. */
interface Column {
  readonly title: string
  readonly meaning: string
  readonly cell: (round: Summed) => string
}

const COLUMNS: readonly Column[] = [
  {
    title: 'Clipped',
    meaning: 'coordinates that clipping changed',
    cell: ({ encoding: { clippedFraction } }) => (clippedFraction === undefined ? '' : percent(clippedFraction, 3)),
  },
  {
    title: 'Error at worst',
    meaning: 'bound for any coordinate of the mean',
    cell: ({ encoding }) => exponential(encoding.worstCaseError),
  },
  {
    title: 'Rounding',
    meaning: 'root mean square of the length of the whole error, from what the workers measured',
    cell: ({ encoding }) => exponential(encoding.roundingError?.l2),
  },
  {
    title: 'Bits to spare',
    meaning: 'of the modulus, over the largest sum that there can be',
    cell: ({ encoding }) => encoding.headroomBits.toFixed(1),
  },
  {
    title: 'Noise',
    meaning: 'standard deviation per coordinate of the mean',
    cell: ({ encoding }) => exponential(encoding.noise?.deviation),
  },
  { title: 'Warnings', meaning: 'by their codes', cell: ({ warnings }) => warnings.map(({ code }) => code).join(', ') },
]

/** What turning updates into integers has cost, round by round. */
export function numericsSection({ summary, experiment }: RunRecord): Html {
  const rounds = summary.rounds.filter((round): round is Summed => round.encoding !== undefined)
  if (rounds.length === 0) return html``
  const columns = COLUMNS.filter(({ cell }) => rounds.some(round => cell(round) !== ''))
  const row = (round: Summed) =>
    html`<tr><th scope="row">${round.round}</th>${columns.map(({ cell }) => html`<td>${cell(round)}</td>`)}</tr>`
  return html`<section id="numerics">
    <h2>Numbers</h2>
    <p>${experiment.settings.bits} bits per parameter, summed modulo 2<sup>${experiment.plan.modulusBits}</sup>.
    The sum of the integers is exact; only clipping, rounding and, where there is any, noise come between it and the sum of the updates.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Numbers by round"><table>
      <thead><tr><th scope="col">Round</th>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
      <tbody>${rounds.map(row)}</tbody>
    </table></div>
    <p class="note">${columns.map(({ title, meaning }) => `${title}: ${meaning}.`).join(' ')}</p>
  </section>`
}

function exponential(value: number | undefined): string {
  return value === undefined ? '' : value.toExponential(1)
}
