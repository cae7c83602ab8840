import type { Cnn, Model } from '../../cnn/index.ts'
import type { ImageDataset } from '../../mnist/index.ts'

/** A digit that the model takes for another. */
export interface MisreadDigit {
  /** 784 bytes, 0 for background. */
  readonly image: Uint8Array
  readonly label: number
  readonly prediction: number
  /** Minus the logarithm of the probability that the model gives to what the digit is. */
  readonly loss: number
}

/** Misread digits, the one the model is most wrong about first. */
export interface WorstDigits {
  readonly digits: readonly MisreadDigit[]
  /** How many are misread in all. */
  readonly misread: number
  /** Of how many of them the loss was measured. */
  readonly measured: number
}

const SHOWN = 24

/** Each is measured alone: a model that has learned nothing shall not take minutes. */
const MOST_MEASURED = 200

/** The test digits that the model is most wrong about. */
export async function worstDigits(cnn: Cnn, model: Model, test: ImageDataset): Promise<WorstDigits> {
  const predictions = await cnn.predict(model, test.images)
  const misread = Array.from(predictions.keys()).filter(i => predictions[i] !== test.labels[i])
  const measured = evenly(misread, MOST_MEASURED)
  const digits: MisreadDigit[] = []
  for (const i of measured) {
    const digit = test.slice(i, i + 1)
    const { loss } = await cnn.evaluate(model, digit)
    digits.push({ image: digit.images, label: digit.labels[0]!, prediction: predictions[i]!, loss })
  }
  digits.sort((a, b) => b.loss - a.loss)
  return { digits: digits.slice(0, SHOWN), misread: misread.length, measured: measured.length }
}

/** At most so many, spread over all of them. */
function evenly(items: readonly number[], most: number): readonly number[] {
  if (items.length <= most) return items
  return Array.from({ length: most }, (_, k) => items[Math.floor((k * items.length) / most)]!)
}
