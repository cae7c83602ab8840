import type { Evaluation } from '../../../cnn/index.ts'
import { count, percent, plural } from '../../output/format.ts'
import { type Html, html } from '../html.ts'
import { pngAddress } from '../png.ts'
import type { RunRecord } from '../record.ts'
import type { MisreadDigit } from '../worst-digits.ts'

const DIGITS = Array.from({ length: 10 }, (_, digit) => digit)

/** What the model takes for what, and the digits that it is most wrong about. */
export function recognitionSection({ summary, worst }: RunRecord): Html {
  return html`<section id="recognition">
    <h2>What it takes for what</h2>
    ${confusionTable(summary.evaluation)}
    <h3>The worst-recognized digits</h3>
    <p>${worstText(worst)}</p>
    <ul class="digits">${worst.digits.map(picture)}</ul>
  </section>`
}

function confusionTable({ confusion }: Evaluation): Html {
  const row = (label: number): Html => {
    const counts = DIGITS.map(prediction => confusion[10 * label + prediction]!)
    const total = counts.reduce((sum, n) => sum + n, 0)
    const cells = counts.map((n, prediction) => confusionCell(n, total, prediction === label))
    return html`<tr><th scope="row">${label}</th>${cells}<td class="total">${total > 0 ? percent(counts[label]! / total, 0) : '-'}</td></tr>`
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion">
    <caption>Rows: what the digit is. Columns: what the model says. Last column: how many of the row it gets right.</caption>
    <thead><tr><td></td>${DIGITS.map(digit => html`<th scope="col">${digit}</th>`)}<th scope="col">right</th></tr></thead>
    <tbody>${DIGITS.map(row)}</tbody>
  </table></div>`
}

/** Errors are few: the cube root shows them beside the many that are right. */
function confusionCell(n: number, total: number, right: boolean): Html {
  const share = total === 0 ? 0 : Math.cbrt(n / total)
  return html`<td class="${right ? 'right' : 'wrong'}" style="--share:${(100 * share).toFixed(0)}%">${n === 0 ? '' : count(n)}</td>`
}

function worstText({ digits, misread, measured }: RunRecord['worst']): string {
  if (misread === 0) return 'None: every test digit is recognized.'
  const of = measured < misread ? `, out of ${count(measured)} taken evenly from them` : ''
  const shown = digits.length < misread ? `The ${digits.length} that the model is most wrong about${of}` : 'All of them'
  return `${plural(misread, 'digit')} misread. ${shown}, worst first: what it is, and what the model says.`
}

function picture({ image, label, prediction, loss }: MisreadDigit): Html {
  const text = `a ${label}, taken for a ${prediction}; loss ${loss.toFixed(1)}`
  // Ink is 255 in the data, and dark on paper.
  const source = pngAddress(
    image.map(byte => 255 - byte),
    28,
  )
  return html`<li><img src="${source}" alt="${text}" title="${text}" width="56" height="56"><span>${label} &rarr; ${prediction}</span></li>`
}
