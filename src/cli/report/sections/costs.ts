import { bytes, duration, plural } from '../../output/format.ts'
import { addUp } from '../../output/phases.ts'
import { type Chart, COLOURS, type Draw } from '../chart.ts'
import { type Html, html } from '../html.ts'
import type { RunRecord } from '../record.ts'

/** Bytes and time of each protocol round. */
export async function costSection({ summary, experiment }: RunRecord, draw: Draw): Promise<Html> {
  const phases = addUp(summary.rounds.flatMap(round => round.phases))
  if (phases.length === 0) return html``
  const names = phases.map(({ phase }) => phase)
  const traffic = phases.flatMap(({ phase, bytesUp, bytesDown }) => [
    { phase, way: 'to the server', bytes: bytesUp },
    { phase, way: 'to the workers', bytes: bytesDown },
  ])
  const rows = phases.map(
    ({ phase, seconds, bytesUp, bytesDown }) =>
      html`<tr><th scope="row">${phase}</th><td>${duration(seconds)}</td><td>${bytes(bytesUp)}</td><td>${bytes(bytesDown)}</td></tr>`,
  )
  return html`<section id="costs">
    <h2>Time and bytes</h2>
    <p>${plural(summary.rounds.length, 'federated round')} in ${duration(summary.seconds)}, over all ${experiment.settings.workers} workers, which share this machine.
    Training is the workers&#39; own; the rest is the protocol.</p>
    <div class="charts">
      <figure>${await draw(timeChart(phases, names))}<figcaption>Seconds by protocol round, added up.</figcaption></figure>
      <figure>${await draw(byteChart(traffic, names))}<figcaption>Bytes by protocol round, added up. Training brings the model to the workers.</figcaption></figure>
    </div>
    <div class="scroll" tabindex="0" role="region" aria-label="Time and bytes"><table>
      <thead><tr><td></td><th scope="col">Time</th><th scope="col">To the server</th><th scope="col">To the workers</th></tr></thead>
      <tbody>${rows}</tbody>
    </table></div>
  </section>`
}

/** The longest name on two lines: on one it would take half of a phone's page. */
const LONGEST = "datum.label === 'MaskedInputCollection'"
const nameAxis = {
  title: null,
  grid: false,
  ticks: false,
  domain: false,
  labelPadding: 6,
  labelLimit: 0,
  labelExpr: `${LONGEST} ? ['MaskedInput-', 'Collection'] : datum.label`,
  labelOffset: { condition: { test: LONGEST, value: -7 }, value: 0 },
}

/** 0, 500, 2k, 1.5M; `format` alone would write 0M. */
const AMOUNT = "format(datum.value, '.3~s')"

function timeChart(values: readonly object[], names: readonly string[]): Chart {
  return {
    description: 'seconds by protocol round',
    height: 32 * names.length + 40,
    values,
    parts: {
      mark: { type: 'bar', color: COLOURS.first, height: { band: 0.6 } },
      encoding: {
        y: { field: 'phase', type: 'nominal', sort: names, axis: nameAxis },
        x: { field: 'seconds', type: 'quantitative', axis: { title: 'seconds', tickCount: 4, labelExpr: AMOUNT } },
      },
    },
  }
}

function byteChart(values: readonly object[], names: readonly string[]): Chart {
  const ways = ['to the server', 'to the workers']
  return {
    description: 'bytes by protocol round and direction',
    height: 32 * names.length + 70,
    values,
    parts: {
      mark: { type: 'bar' },
      encoding: {
        y: { field: 'phase', type: 'nominal', sort: names, axis: nameAxis },
        yOffset: { field: 'way', type: 'nominal', sort: ways },
        x: { field: 'bytes', type: 'quantitative', axis: { title: 'bytes', tickCount: 4, labelExpr: AMOUNT } },
        color: {
          field: 'way',
          type: 'nominal',
          scale: { domain: ways, range: [COLOURS.first, COLOURS.second] },
          legend: { columns: 1 },
        },
      },
    },
  }
}
