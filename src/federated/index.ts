/** Federated learning: workers, federated data sets, partitions, strategies and models. */
export {
  type DataReceiver,
  type Divisible,
  type FederatedDataset,
  type FederateOptions,
  federate,
  type WorkerShare,
} from './dataset.ts'
export {
  type DropoutPlan,
  type DropoutTable,
  dropoutsAt,
  noDropouts,
  type RandomDropoutsOptions,
  randomDropouts,
} from './dropouts.ts'
export { FederatedError, type FederatedErrorCode } from './errors.ts'
export { type BatchCohorts, type BatchCohortsOptions, batchCohorts } from './leakage/batches.ts'
export type { LeakageCriterion, LeakageFinding } from './leakage/finding.ts'
export { RoundLeakageGuard, type RoundLeakageOptions, type RoundLeakageState } from './leakage/guard.ts'
export { type Learner, type LocalTraining, validateLocalTraining } from './learner.ts'
export {
  applyDelta,
  assertModel,
  createModel,
  type Model,
  modelHash,
  modelsEqual,
  parameterCount,
  type TensorSpec,
  tensor,
} from './model.ts'
export { decodeSafetensors, encodeSafetensors } from './model-file.ts'
export { type DirichletOptions, dirichlet } from './partition/dirichlet.ts'
export { iid } from './partition/iid.ts'
export { type LabelShardsOptions, labelShards } from './partition/label-shards.ts'
export type { Partition, Partitionable } from './partition/partition.ts'
export { DataPointer, send } from './pointer.ts'
export { DistributedPrivacy, type DistributedPrivacyOptions, type PrivacyTarget } from './privacy.ts'
export { deriveSeed, type ExperimentRandom, experimentRandom } from './random.ts'
export type { AdaptiveClip, UpdateClip } from './round/clip.ts'
export {
  type FederatedEvaluationOptions,
  type FederatedEvaluationResult,
  runSecureFederatedEvaluation,
} from './round/evaluation.ts'
export type {
  DroppedWorker,
  MessageListener,
  Phase,
  PhaseReport,
  ReceivedMessage,
  RoundEvent,
  RoundListener,
} from './round/events.ts'
export type { MetricRange } from './round/metrics.ts'
export type { AggregationOptions } from './round/options.ts'
export type { ClipReport, FederatedOutcome } from './round/outcome.ts'
export { ContributionError } from './round/participant.ts'
export { type PlaintextRoundResult, runPlaintextFederatedRound } from './round/plaintext-round.ts'
export { planFederatedRound, type RoundPlan } from './round/plan.ts'
export {
  type FederatedRoundOptions,
  type FederatedRoundResult,
  runSecureFederatedRound,
  type UpdateEncoding,
} from './round/secure-round.ts'
export {
  type IntegerSumOptions,
  type IntegerSumResult,
  type RealSumOptions,
  type RealSumResult,
  type SummableVector,
  type SummableVectors,
  secureSum,
} from './round/secure-sum.ts'
export { type SamplingOptions, sampleWorkers } from './sampling.ts'
export { type FedAvgOptions, fedAvg } from './strategy/fed-avg.ts'
export { type FedProxOptions, fedProx } from './strategy/fed-prox.ts'
export { fedSgd } from './strategy/fed-sgd.ts'
export { cosineDecay, exponentialDecay, type LearningRate, stepDecay, warmUp } from './strategy/learning-rate.ts'
export {
  type AdaptiveOptions,
  type FedAvgMOptions,
  fedAdagrad,
  fedAdam,
  fedAvgM,
  fedYogi,
  type ServerOptimizerOptions,
} from './strategy/server-optimizer.ts'
export type { Strategy, StrategyMemory } from './strategy/strategy.ts'
export { type Sized, VirtualWorker, type VirtualWorkerOptions } from './virtual-worker.ts'
export {
  type LocalEvaluation,
  type LocalResult,
  validateWorkerId,
  validateWorkers,
  type Worker,
} from './worker.ts'
