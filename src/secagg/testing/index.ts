/**
 * Simulations of whole aggregations, with faults, from a seed. For tests and research only: nothing here is secret, and
 * nothing here may protect anybody's data.
 *
 * @packageDocumentation
 */
export {
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  type FaultPlan,
  faultsAt,
  NO_FAULTS,
  type RandomFaultOptions,
  randomFaults,
} from './faults.ts'
export { type Flow, PROTOCOL_ROUNDS, type RoundTimings, type Traffic } from './meter.ts'
export type { MessageSight, SimulationOptions } from './options.ts'
export type { Refusal, Rejection, SimulationReport, SimulationResult } from './result.ts'
export { randomBelow, type SeededRandom, type SimulationSeed, seededRandom, seededSplitter } from './seeded-random.ts'
export { simulate } from './simulate.ts'
export {
  type AlterationVector,
  type DecodeStep,
  type MessageVector,
  type OperationVector,
  type RecordedAggregation,
  type RecordedClient,
  type RecordedMessage,
  type RefusalStep,
  type RefusedMessageVector,
  type RefusedOperationVector,
  VECTOR_FORMAT,
  type VectorFile,
} from './vectors/file.ts'
export type { Json, JsonObject } from './vectors/json.ts'
export type { VectorReport, VectorResult } from './vectors/report.ts'
export { runVectors } from './vectors.ts'
