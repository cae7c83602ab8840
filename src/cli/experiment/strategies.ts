import {
  cosineDecay,
  exponentialDecay,
  fedAdagrad,
  fedAdam,
  fedAvg,
  fedAvgM,
  fedProx,
  fedYogi,
  type LearningRate,
  type Strategy,
  stepDecay,
} from '../../index.ts'
import type { CellSettings, Rate } from './settings.ts'

/** A new strategy, as it is before the first round. @throws FederatedError */
export function strategyOf(settings: CellSettings): Strategy {
  const { epochs, batchSize, momentum, strategy } = settings
  const training = { epochs, batchSize, learningRate: learningRate(settings.learningRate), momentum }
  switch (strategy.name) {
    case 'fedsgd':
      // What fedSgd() is; that one takes no schedule.
      return { ...fedAvg({ ...training, epochs: 1, batchSize: 'all' }), name: 'FedSGD' }
    case 'fedavg':
      return fedAvg({ ...training, ...without(strategy) })
    case 'fedprox':
      return fedProx({ ...training, mu: strategy.mu })
    case 'fedavgm':
      return fedAvgM({ ...training, ...without(strategy), ...serverRate(strategy.serverLearningRate) })
    case 'fedadam':
    case 'fedyogi':
    case 'fedadagrad': {
      const adaptive = { fedadam: fedAdam, fedyogi: fedYogi, fedadagrad: fedAdagrad }[strategy.name]
      const serverLearningRate = learningRate(strategy.serverLearningRate)
      return adaptive({ ...training, ...without(strategy), serverLearningRate })
    }
  }
}

/** A number stays one, a schedule becomes a function of the round. */
function learningRate(rate: Rate): LearningRate {
  if (typeof rate === 'number') return rate
  switch (rate.schedule) {
    case 'exponential':
      return exponentialDecay(rate)
    case 'step':
      return stepDecay(rate)
    case 'cosine':
      return cosineDecay(rate)
  }
}

function serverRate(rate: Rate | undefined): { readonly serverLearningRate?: LearningRate } {
  return rate === undefined ? {} : { serverLearningRate: learningRate(rate) }
}

/** The numbers of a choice; rates are added by who knows what they may be. */
function without<T extends { readonly name: string; readonly serverLearningRate?: Rate }>(
  choice: T,
): Omit<T, 'name' | 'serverLearningRate'> & { readonly serverLearningRate?: number } {
  const { name: _, serverLearningRate, ...others } = choice
  return { ...others, ...(typeof serverLearningRate === 'number' && { serverLearningRate }) }
}
