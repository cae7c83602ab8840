import { CLASSES } from './networks.ts'

/** Sums over the examples of a batch. */
export interface BatchScore {
  /** Summed cross-entropy, in nats. */
  readonly loss: number
  readonly correct: number
  /** The most likely digit of each example; of equals the smallest. */
  readonly predictions: Uint8Array
}

/** Scores `logits` [batch, 10] against `labels`. Without labels, loss and correct are 0. */
export function score(logits: Float32Array, labels: Uint8Array | undefined): BatchScore {
  const size = logits.length / CLASSES
  const predictions = new Uint8Array(size)
  let loss = 0
  let correct = 0
  for (let i = 0; i < size; i++) {
    const row = logits.subarray(i * CLASSES, (i + 1) * CLASSES)
    const best = largest(row)
    predictions[i] = best
    if (labels === undefined) continue
    const label = labels[i]!
    if (best === label) correct++
    let sum = 0
    for (const logit of row) sum += Math.exp(logit - row[best]!)
    loss += Math.log(sum) + row[best]! - row[label]!
  }
  return { loss, correct, predictions }
}

/**
 * The gradient of the summed cross-entropy by the logits, times `scale`: (softmax - one-hot) * scale. The softmax comes
 * from the engine, as `Math.exp` is rounded differently from one JavaScript engine to the next and would cost the
 * reproducibility of the training; {@link score} only reports.
 */
export function logitsGradient(softmax: Float32Array, labels: Uint8Array, scale: number): Float32Array {
  const gradient = new Float32Array(softmax.length)
  for (let i = 0; i < softmax.length; i++) gradient[i] = softmax[i]! * scale
  for (let i = 0; i < labels.length; i++) {
    const at = i * CLASSES + labels[i]!
    gradient[at] = (softmax[at]! - 1) * scale
  }
  return gradient
}

function largest(row: Float32Array): number {
  let best = 0
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i
  return best
}
