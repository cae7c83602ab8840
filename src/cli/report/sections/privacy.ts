import { type Chart, COLOURS, type Draw } from '../chart.ts'
import { type Html, html } from '../html.ts'
import type { RunRecord } from '../record.ts'

/** What of the budget was spent; nothing without one. */
export async function privacySection({ summary, experiment }: RunRecord, draw: Draw): Promise<Html> {
  const { epsilon: budget } = experiment.settings
  const spent = summary.rounds.flatMap(({ round, privacy }) => (privacy ? [{ round, ...privacy }] : []))
  const last = spent.at(-1)
  if (budget === undefined || last === undefined) return html``
  return html`<section id="privacy">
    <h2>Differential privacy</h2>
    <p>Spent: epsilon <strong>${last.epsilon.toFixed(3)}</strong> of ${budget} at delta ${last.delta}, against the server, for all
    digits of a worker together. The noise is ${last.noiseMultiplier.toPrecision(3)} times the clip. ${summary.stopped}</p>
    <div class="charts"><figure>${await draw(spentChart(spent, budget))}<figcaption>Epsilon spent by round; the line is the budget.</figcaption></figure></div>
  </section>`
}

function spentChart(values: readonly { readonly round: number; readonly epsilon: number }[], budget: number): Chart {
  return {
    description: 'epsilon spent by round',
    height: 180,
    values,
    parts: {
      layer: [
        {
          mark: { type: 'bar', color: COLOURS.first },
          encoding: {
            x: { field: 'round', type: 'ordinal', axis: { title: 'round', labelAngle: 0, labelOverlap: true } },
            y: { field: 'epsilon', type: 'quantitative', axis: { title: null, tickCount: 4 } },
          },
        },
        { mark: { type: 'rule', color: COLOURS.second, strokeWidth: 2 }, encoding: { y: { datum: budget } } },
      ],
    },
  }
}
