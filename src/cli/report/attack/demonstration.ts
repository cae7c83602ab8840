import {
  deriveSeed,
  experimentRandom,
  fedSgd,
  type LocalResult,
  type Model,
  type ReceivedMessage,
  runSecureFederatedRound,
  type Worker,
} from '../../../index.ts'
import type { ImageDataset } from '../../../mnist/index.ts'
import { limitsFor } from '../../../secagg/index.ts'
import { type MaskedWords, maskedWords, signedFractions } from '../masked-words.ts'
import { correlation } from '../statistics.ts'
import { type Inversion, invertGradient } from './invert.ts'
import { gradient, INPUTS, PARAMETERS, softmaxModel } from './softmax-layer.ts'

/** An attack on one gradient, once in clear and once as the server received it. */
export interface Demonstration {
  /** 784 pixels from 0 to 1: what the worker holds. */
  readonly digit: Float64Array
  readonly label: number
  readonly clear: Reconstruction
  readonly masked: Reconstruction
}

/** What the attack found, and how much it looks like the digit: Pearson's correlation of the pixels. */
export interface Reconstruction extends Inversion {
  readonly correlation: number
}

/** As small as a cohort may be: three workers with one digit each. */
const WORKERS = 3
const VICTIM = 'worker-1'

/** Weights of about this size do not saturate the softmax. */
const WEIGHT = 0.05

/** More than enough for limits of what a round of this size may send. */
const MODULUS_BITS = 62

/**
 * Runs one secure round of FedSGD over three workers with one training digit each, on the smallest network, and attacks the first
 * worker's gradient twice: as it was before it was masked, and in the words that the server received. The attack is the same.
 */
export async function demonstrateInversion(digits: ImageDataset, seed: number): Promise<Demonstration> {
  const random = experimentRandom(deriveSeed(seed, 'gradient inversion'))
  const initial = Float32Array.from({ length: PARAMETERS }, () => WEIGHT * random.normal())
  const examples = Array.from({ length: WORKERS }, () => random.below(digits.length))
  const { clear, received } = await runRound(softmaxModel(initial), digits, examples)
  const digit = pixelsOf(digits, examples[0]!)
  const attack = (observed: Float64Array): Reconstruction => {
    const found = invertGradient(initial, observed, random.uint32())
    return { ...found, correlation: correlation(found.pixels, digit) }
  }
  // FedSGD sends the gradient times minus the learning rate, which is 1 here.
  const gradientOf = (update: Float64Array) => attack(update.map(value => -value))
  return {
    digit,
    label: digits.labels[examples[0]!]!,
    clear: gradientOf(Float64Array.from(clear)),
    masked: gradientOf(signedFractions(received)),
  }
}

async function runRound(model: Model, digits: ImageDataset, examples: readonly number[]) {
  let clear: Float32Array | undefined
  let received: MaskedWords | undefined
  const graph = { kind: 'complete' } as const
  const limits = limitsFor({ clients: WORKERS, graph, vectorLength: 2 * PARAMETERS, modulusBits: MODULUS_BITS })
  const workers = examples.map((example, i): Worker => {
    const id = `worker-${i + 1}`
    const train = async (): Promise<LocalResult> => {
      const slope = gradient(model.parameters, pixelsOf(digits, example), digits.labels[example]!)
      const update = Float32Array.from(slope, value => -value)
      if (id === VICTIM) clear = update
      return { update, weight: 1, metrics: {} }
    }
    return { id, train }
  })
  const onMessage = (message: ReceivedMessage) => {
    if (message.worker === VICTIM) received ??= maskedWords(message, limits, PARAMETERS)
  }
  const strategy = fedSgd({ learningRate: 1 })
  await runSecureFederatedRound({ model, workers, strategy, encoding: { weightBound: 1 }, metrics: [], onMessage })
  return { clear: clear!, received: received! }
}

function pixelsOf({ images }: ImageDataset, index: number): Float64Array {
  return Float64Array.from(images.subarray(INPUTS * index, INPUTS * (index + 1)), byte => byte / 255)
}
