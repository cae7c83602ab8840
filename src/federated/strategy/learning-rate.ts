import { integerOption, positiveOption } from '../check.ts'
import { FederatedError } from '../errors.ts'

/** A step size, or one for each federated round, from 0. */
export type LearningRate = number | ((round: number) => number)

/** The step size of a round. A schedule is checked as it is used. */
export function rateAt(rate: LearningRate, round: number): number {
  return typeof rate === 'function' ? positiveOption(`learningRate of round ${round}`, rate(round)) : rate
}

/** initial · factor^(round / every): the schedule of McMahan et al., AISTATS 2017, section 3, with `every` 1. */
export function exponentialDecay(options: {
  readonly initial: number
  readonly factor: number
  readonly every?: number
}): (round: number) => number {
  const { initial, factor, every = 1 } = options
  positiveOption('initial', initial)
  positiveOption('factor', factor)
  integerOption('every', every, 1)
  return round => initial * factor ** (round / every)
}

/** initial, times factor at each of these rounds. */
export function stepDecay(options: {
  readonly initial: number
  readonly factor: number
  readonly at: readonly number[]
}): (round: number) => number {
  const { initial, factor, at } = options
  positiveOption('initial', initial)
  positiveOption('factor', factor)
  const steps = at.map(round => integerOption('at', round, 0))
  return round => initial * factor ** steps.filter(step => step <= round).length
}

/** From initial to final along half a cosine over so many rounds (Loshchilov and Hutter, ICLR 2017, without restarts). */
export function cosineDecay(options: {
  readonly initial: number
  readonly final: number
  readonly rounds: number
}): (round: number) => number {
  const { initial, final, rounds } = options
  positiveOption('initial', initial)
  positiveOption('final', final)
  integerOption('rounds', rounds, 1)
  return round => final + ((initial - final) * (1 + Math.cos((Math.PI * Math.min(round, rounds)) / rounds))) / 2
}

/** Grows evenly to what `after` gives, over its first rounds. */
export function warmUp(rounds: number, after: LearningRate): (round: number) => number {
  integerOption('rounds', rounds, 1)
  if (typeof after !== 'function' && typeof after !== 'number') {
    throw new FederatedError('invalid-option', 'warmUp needs a learning rate or a schedule to grow to.')
  }
  return round => rateAt(after, round) * Math.min(1, (round + 1) / rounds)
}
