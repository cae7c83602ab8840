/**
 * Federated learning in which the server learns only the sum.
 *
 * The front door: federated rounds and secure sums over workers. The protocol alone is `secagg/secagg`; the MNIST
 * networks and digits are `secagg/cnn` and `secagg/mnist`.
 *
 * @packageDocumentation
 */
export * from './federated/index.ts'
export type { ClientPolicy } from './secagg/client/index.ts'
export type { ClipSpec, EncodingNumerics, NoiseNumerics, NoiseSpec } from './secagg/encoding/index.ts'
export {
  AggregationAbortedError,
  DecodeError,
  type ProtocolRound,
  RefusalError,
  SecAggError,
  UsageError,
} from './secagg/errors.ts'
export { findGraphParameters, type GraphParameters, type GraphSpec } from './secagg/graph/index.ts'
export type { ThreatModel } from './secagg/parameters.ts'
export {
  type AggregationPlan,
  type Calibration,
  type CalibrationOptions,
  calibrate,
  LARGEST_AGGREGATION,
  type PlannedNoise,
  type PlannedTraffic,
  type PlanOptions,
  type PlanPrivacy,
  type PredictedTimes,
  planAggregation,
  predictTimes,
} from './secagg/planning/index.ts'
export { secureRandom } from './secagg/primitives/random.ts'
export { generateIdentity, type Identity } from './secagg/primitives/signature.ts'
export { configureThreads, type ThreadOptions } from './secagg/primitives/threads.ts'
export type { NoisedRound, Observer, PrivacyGuarantee } from './secagg/privacy/index.ts'
