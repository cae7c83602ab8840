import { type Cnn, createCnn } from '../../cnn/index.ts'
import {
  type AdaptiveClip,
  type DropoutPlan,
  type FederatedRoundOptions,
  fedAvg,
  federate,
  type Model,
  planFederatedRound,
  type RoundPlan,
  VirtualWorker,
} from '../../index.ts'
import { type ImageDataset, loadMnist, type Mnist } from '../../mnist/index.ts'
import { freshIdentities, privacyOver, simulatedDropouts } from './conditions.ts'
import { defaultRounds, type TrainSettings } from './settings.ts'

/** All that both runs, the secure one and the plaintext one, start from. */
export interface Experiment {
  readonly settings: TrainSettings
  readonly rounds: number
  readonly mnist: Mnist
  readonly cnn: Cnn
  /** Fewest and most digits of a worker. */
  readonly digitsPerWorker: { readonly least: number; readonly most: number }
  readonly initial: Model
  readonly dropouts: DropoutPlan
  readonly plan: RoundPlan
  /** The options of one federated round. Each run asks for its own: a strategy may keep state. */
  roundOptions(): Omit<FederatedRoundOptions, 'model'>
}

/** Loads the digits and the engine, deals the digits to virtual workers, and checks everything that can be checked. */
export async function prepareExperiment(settings: TrainSettings): Promise<Experiment> {
  const mnist = await loadMnist({ data: settings.data === 'auto' ? undefined : settings.data })
  const cnn = await createCnn(settings.network, { engine: settings.engine, threads: settings.threads })
  const { workers, sizes } = dealDigits(mnist.train, cnn, settings)
  const dropouts = simulatedDropouts(settings)
  const identities = settings.threatModel === 'malicious-server' ? freshIdentities(workers) : undefined
  const most = Math.max(...sizes)
  const rounds = settings.rounds ?? defaultRounds(mnist.train.length)
  const roundOptions = (): Omit<FederatedRoundOptions, 'model'> => ({
    workers,
    strategy: fedAvg(settings),
    // Whoever deals the digits knows the largest share; in earnest the operator has to state a bound.
    encoding: { bits: settings.bits, weightBound: most, ...(settings.epsilon && { clip: firstClip(settings) }) },
    ...(settings.epsilon !== undefined && {
      privacy: privacyOver({ ...settings, epsilon: settings.epsilon, cohort: settings.workers, rounds }),
    }),
    seed: settings.seed,
    // While some updates are masked, others are trained.
    concurrency: cnn.concurrency === 1 ? 1 : 2 * cnn.concurrency,
    dropouts,
    threatModel: settings.threatModel,
    ...(settings.threshold !== undefined && { threshold: settings.threshold }),
    ...(identities !== undefined && { identities }),
  })
  const initial = cnn.initialize(settings.seed)
  return {
    settings,
    rounds,
    mnist,
    cnn,
    digitsPerWorker: { least: Math.min(...sizes), most },
    initial,
    dropouts,
    plan: planFederatedRound({ model: initial, ...roundOptions() }),
    roundOptions,
  }
}

function firstClip({ clip }: TrainSettings): AdaptiveClip {
  return { kind: 'adaptive-l2', bound: clip }
}

function dealDigits(digits: ImageDataset, cnn: Cnn, { workers: count, partition, seed }: TrainSettings) {
  const workers = Array.from({ length: count }, (_, i) => {
    return new VirtualWorker<ImageDataset>(`worker-${i + 1}`, { learner: cnn })
  })
  const { sizes } = federate(digits, { workers, partition: partition.partition(seed) })
  return { workers, sizes }
}
