import { positiveOption, shown } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { applyDelta, type Model } from '../model.ts'
import { type FedAvgOptions, localTrainingOf } from './fed-avg.ts'
import { type LearningRate, rateAt } from './learning-rate.ts'
import type { Strategy } from './strategy.ts'

/** What all server optimizers are told. */
export interface ServerOptimizerOptions extends Omit<FedAvgOptions, 'serverLearningRate'> {
  /** The server's step size (η of Reddi et al.), or a schedule of it by applied round. */
  readonly serverLearningRate: LearningRate
}

/** What {@link fedAvgM} is told. */
export interface FedAvgMOptions extends Omit<ServerOptimizerOptions, 'serverLearningRate'> {
  /** 1 by default. */
  readonly serverLearningRate?: LearningRate
  /** From 0, which is FedAvg, to below 1; 0.9 by default. */
  readonly serverMomentum?: number
}

/** What {@link fedAdam}, {@link fedYogi} and {@link fedAdagrad} are told. */
export interface AdaptiveOptions extends ServerOptimizerOptions {
  /** Decay of the first moment, from 0 to below 1; 0.9 by default (0 for FedAdagrad). */
  readonly beta1?: number
  /** Decay of the second moment, from 0 to below 1; 0.99 by default. FedAdagrad has none. */
  readonly beta2?: number
  /** Adaptivity: what is added to the root of the second moment. 0.001 by default. */
  readonly tau?: number
}

/**
 * FedAvg with momentum at the server: v <- momentum v + delta, and the model moves by serverLearningRate v (Hsu, Qi, Brown,
 * "Measuring the Effects of Non-Identical Data Distribution for Federated Visual Classification", 2019).
 *
 * @throws {FederatedError} `invalid-training-settings` or `invalid-option`
 */
export function fedAvgM(options: FedAvgMOptions): Strategy {
  const { serverMomentum = 0.9, serverLearningRate = 1 } = options
  fraction('serverMomentum', serverMomentum)
  return optimizer('FedAvgM', { ...options, serverLearningRate }, ['velocity'], ([velocity], delta, rate) => {
    for (let i = 0; i < delta.length; i++) {
      velocity![i] = serverMomentum * velocity![i]! + delta[i]!
      delta[i] = rate * velocity![i]!
    }
  })
}

/**
 * Adam at the server, without bias correction: Reddi et al., "Adaptive Federated Optimization", ICLR 2021, algorithm 2.
 * m <- beta1 m + (1 - beta1) delta; v <- beta2 v + (1 - beta2) delta²; the model moves by rate m / (sqrt(v) + tau). v starts at
 * tau², as there.
 *
 * @throws {FederatedError} `invalid-training-settings` or `invalid-option`
 */
export function fedAdam(options: AdaptiveOptions): Strategy {
  const { beta2 = 0.99 } = options
  fraction('beta2', beta2)
  return adaptive('FedAdam', options, 0.9, (second, squared) => beta2 * second + (1 - beta2) * squared)
}

/** The same with Yogi's second moment, which changes by (1 - beta2) delta² at most: v <- v - (1 - beta2) delta² sign(v - delta²). */
export function fedYogi(options: AdaptiveOptions): Strategy {
  const { beta2 = 0.99 } = options
  fraction('beta2', beta2)
  return adaptive(
    'FedYogi',
    options,
    0.9,
    (second, squared) => second - (1 - beta2) * squared * Math.sign(second - squared),
  )
}

/** The same with Adagrad's second moment: v <- v + delta². */
export function fedAdagrad(options: Omit<AdaptiveOptions, 'beta2'>): Strategy {
  return adaptive('FedAdagrad', options, 0, (second, squared) => second + squared)
}

function adaptive(
  name: string,
  options: AdaptiveOptions,
  defaultBeta1: number,
  nextSecond: (second: number, squared: number) => number,
): Strategy {
  const { beta1 = defaultBeta1, tau = 1e-3 } = options
  fraction('beta1', beta1)
  positiveOption('tau', tau)
  const start = { second: tau * tau }
  return optimizer(
    name,
    options,
    ['first', 'second'],
    ([first, second], delta, rate) => {
      for (let i = 0; i < delta.length; i++) {
        first![i] = beta1 * first![i]! + (1 - beta1) * delta[i]!
        second![i] = nextSecond(second![i]!, delta[i]! * delta[i]!)
        delta[i] = (rate * first![i]!) / (Math.sqrt(second![i]!) + tau)
      }
    },
    start,
  )
}

/** Replaces the mean delta by the step that the server takes, and remembers. */
type Step = (vectors: readonly Float64Array[], delta: Float64Array, rate: number) => void

function optimizer(
  name: string,
  options: ServerOptimizerOptions,
  names: readonly string[],
  step: Step,
  start: Readonly<Record<string, number>> = {},
): Strategy {
  const { serverLearningRate } = options
  if (typeof serverLearningRate !== 'function') positiveOption('serverLearningRate', serverLearningRate)
  let vectors: readonly Float64Array[] | undefined
  let applied = 0
  const vectorsFor = ({ parameters }: Model): readonly Float64Array[] => {
    vectors ??= names.map(vector => new Float64Array(parameters.length).fill(start[vector] ?? 0))
    if (vectors.every(({ length }) => length === parameters.length)) return vectors
    throw new FederatedError('invalid-option', `${name} remembers a model of another size: make one for each run.`)
  }
  return {
    name,
    localTraining: localTrainingOf(options),
    apply: (model, meanDelta) => {
      const move = meanDelta.slice()
      step(vectorsFor(model), move, rateAt(serverLearningRate, applied++))
      return applyDelta(model, move)
    },
    memory: {
      save: () =>
        vectors === undefined
          ? {}
          : {
              ...Object.fromEntries(names.map((vector, i) => [vector, vectors![i]!.slice()])),
              applied: Float64Array.of(applied),
            },
      restore: saved => {
        vectors = restored(name, names, saved)
        applied = vectors === undefined ? 0 : saved.applied![0]!
      },
    },
  }
}

function restored(
  name: string,
  names: readonly string[],
  saved: Readonly<Record<string, Float64Array>>,
): readonly Float64Array[] | undefined {
  const keys = Object.keys(saved)
  if (keys.length === 0) return undefined
  const expected = [...names, 'applied']
  const fits = keys.length === expected.length && expected.every(key => saved[key] instanceof Float64Array)
  if (fits && saved.applied!.length === 1) return names.map(vector => saved[vector]!.slice())
  throw new FederatedError('invalid-option', `${name} remembers ${expected.join(', ')}, not ${keys.join(', ')}.`)
}

function fraction(where: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return
  throw new FederatedError('invalid-option', `${where} must be a number from 0 to below 1, not ${shown(value)}.`)
}
