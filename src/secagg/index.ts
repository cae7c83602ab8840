/**
 * The protocol alone: secure aggregation as two sans-IO machines over bytes and ring vectors. Knows no model, no
 * transport and no platform; loads no TensorFlow.
 *
 * @packageDocumentation
 */
export * from './client/index.ts'
export * from './encoding/index.ts'
export * from './errors.ts'
export {
  type FailureProbabilities,
  findGraphParameters,
  type GraphBeliefs,
  type GraphParameters,
  type GraphSpec,
} from './graph/index.ts'
export { decodeClientMessage, decodeMessage, decodeServerMessage, encodeMessage } from './messages/frame.ts'
export { limitsFor, type MessageLimits } from './messages/limits.ts'
export type { ClientMessage, Message, MessageType, ServerMessage } from './messages/message.ts'
export { PROTOCOL_VERSION } from './messages/message.ts'
export { PositionSet } from './messages/position-set.ts'
export {
  type AggregationParameters,
  MAX_COMPLETE_COHORT,
  type ResolvedParameters,
  resolveParameters,
  type ThreatModel,
} from './parameters.ts'
export * from './planning/index.ts'
export { type RandomSource, secureRandom } from './primitives/random.ts'
export { generateIdentity, type Identity } from './primitives/signature.ts'
export { configureThreads, type ThreadOptions } from './primitives/threads.ts'
export * from './privacy/index.ts'
export * from './server/index.ts'
