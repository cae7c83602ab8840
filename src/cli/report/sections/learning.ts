import { count, percent } from '../../output/format.ts'
import { type Chart, COLOURS, type Draw } from '../chart.ts'
import { type Html, html } from '../html.ts'
import type { RunRecord } from '../record.ts'

/** One model on the test digits: a point of a curve. */
export interface LearningPoint {
  /** 0 is the untrained model. */
  readonly round: number
  readonly run: string
  readonly accuracy: number
  readonly loss: number
}

const PLAINTEXT = 'plaintext'
const NO_BREAK = '\u00a0'

/** What the secure run is called: under a privacy budget the runs differ, by the noise. */
function secureName({ experiment }: RunRecord): string {
  return experiment.settings.epsilon === undefined ? 'secure' : 'private and secure'
}

/** Both curves, point by point. A round without a sum leaves the model as it was. */
export function learningPoints(record: RunRecord): LearningPoint[] {
  const { summary, initial, plaintext } = record
  const secure = secureName(record)
  const start = { round: 0, accuracy: initial.accuracy, loss: initial.loss }
  const points: LearningPoint[] = [{ ...start, run: secure }]
  for (const { round, testAccuracy: accuracy, testLoss: loss } of summary.rounds) {
    if (loss !== undefined) points.push({ round, run: secure, accuracy, loss })
  }
  if (plaintext.length > 0) points.push({ ...start, run: PLAINTEXT })
  return [...points, ...plaintext.map(test => ({ ...test, run: PLAINTEXT }))]
}

/** Accuracy and loss by round, secure against plaintext. */
export async function learningSection(record: RunRecord, draw: Draw): Promise<Html> {
  const points = learningPoints(record)
  const { summary, experiment } = record
  const names = [secureName(record), ...(record.plaintext.length > 0 ? [PLAINTEXT] : [])]
  const accuracy = await draw(curves(points, names, 'accuracy', '.0%'))
  const loss = await draw(curves(points, names, 'loss', '~g'))
  const { correct, examples } = summary.evaluation
  return html`<section id="learning">
    <h2>Learning</h2>
    <p>The model after each round, on ${experiment.mnist.testName}: at the end <strong>${percent(summary.evaluation.accuracy).replace(' ', NO_BREAK)}</strong>,
    ${count(correct)} of ${count(examples)} digits. ${verdict(record)}</p>
    <div class="charts">
      <figure>${accuracy}<figcaption>Accuracy by federated round.</figcaption></figure>
      <figure>${loss}<figcaption>Loss (cross-entropy, nats) by federated round.</figcaption></figure>
    </div>
  </section>`
}

function verdict({ summary: { comparison } }: RunRecord): string {
  if (comparison === undefined) return 'There was no plaintext run to compare with.'
  const { identical, plaintextAccuracy } = comparison
  if (identical === undefined) {
    return `The plaintext run, without noise and clipping, reaches ${percent(plaintextAccuracy)}.`
  }
  return identical
    ? 'The plaintext run gives the identical model, bit for bit: its curve lies exactly on the secure one.'
    : 'The plaintext run gives another model: this is a defect of secagg.'
}

function curves(
  values: readonly LearningPoint[],
  names: readonly string[],
  field: 'accuracy' | 'loss',
  format: string,
): Chart {
  const last = Math.max(1, ...values.map(({ round }) => round))
  const ticks = Math.min(last, 8)
  const encoding = {
    x: {
      field: 'round',
      type: 'quantitative',
      scale: { domain: [0, last], nice: false },
      axis: { title: 'round', tickMinStep: 1, format: 'd', grid: false, labelFlush: false, tickCount: ticks },
    },
    y: { field, type: 'quantitative', axis: { title: null, format, tickCount: 5 } },
    color: { field: 'run', type: 'nominal', scale: { domain: names, range: [COLOURS.first, COLOURS.second] } },
  }
  const curve = (name: string, style: object) => ({
    transform: [{ filter: { field: 'run', equal: name } }],
    mark: { type: 'line', point: { size: 28, filled: true, opacity: 1 }, ...style },
    encoding,
  })
  // The first is wide and pale where there are two: it shows below the other where both are the same.
  const styles = names.length > 1 ? [{ strokeWidth: 6, strokeOpacity: 0.45 }] : []
  return {
    description: `${field} by round: ${names.join(' and ')}`,
    height: 230,
    values,
    parts: { layer: names.map((name, i) => curve(name, styles[i] ?? { strokeWidth: 1.5 })) },
  }
}
