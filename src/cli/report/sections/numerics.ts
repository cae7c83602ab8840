import { percent } from '../../output/format.ts'
import { type Html, html } from '../html.ts'
import type { RunRecord } from '../record.ts'

/** What turning updates into integers has cost, round by round. */
export function numericsSection({ summary, experiment }: RunRecord): Html {
  const rows = summary.rounds.flatMap(({ round, encoding, warnings }) => {
    if (encoding === undefined) return []
    const { headroomBits, clippedFraction, worstCaseError, roundingError, noise } = encoding
    return [
      html`<tr><th scope="row">${round}</th><td>${clippedFraction === undefined ? 'not told' : percent(clippedFraction, 3)}</td>
      <td>${exponential(worstCaseError)}</td><td>${exponential(roundingError?.l2)}</td><td>${headroomBits.toFixed(1)}</td>
      <td>${exponential(noise?.deviation)}</td><td>${warnings.map(({ code }) => code).join(', ')}</td></tr>`,
    ]
  })
  if (rows.length === 0) return html``
  return html`<section id="numerics">
    <h2>Numbers</h2>
    <p>${experiment.settings.bits} bits per parameter, summed modulo 2<sup>${experiment.plan.modulusBits}</sup>.
    The sum of the integers is exact; only clipping, rounding and, where there is any, noise come between it and the sum of the updates.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Numbers by round"><table>
      <thead><tr><th scope="col">Round</th><th scope="col">Clipped</th><th scope="col">Error at worst</th><th scope="col">Rounding (L2)</th><th scope="col">Bits to spare</th><th scope="col">Noise</th><th scope="col">Warnings</th></tr></thead>
      <tbody>${rows}</tbody>
    </table></div>
    <p class="note">Clipped: coordinates that clipping changed. Error at worst: bound for any coordinate of the mean.
    Rounding: root mean square of the length of the whole error, as the workers measured it. Noise: standard deviation per coordinate of the mean.</p>
  </section>`
}

function exponential(value: number | undefined): string {
  return value === undefined ? '-' : value.toExponential(1)
}
