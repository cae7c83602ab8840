export { canonicalPlanBytes } from './canonical.ts'
export { decodeSum } from './decode.ts'
export type {
  DecodedIntegers,
  DecodedMean,
  DecodedMetric,
  DecodedReals,
  DecodedSum,
  DecodedVector,
  EncodingNumerics,
  NoiseNumerics,
} from './decoded.ts'
export { type EncodedInput, type EncodingReport, encodeInput } from './encode.ts'
export type { EncodingInput } from './input.ts'
export type { NoisePlan } from './noise.ts'
export { packBits, packedLength, unpackBits } from './pack.ts'
export { type EncodingPlan, type MetricFields, type PlanField, type PlanLayout, planEncoding } from './plan.ts'
export { MAX_MODULUS_BITS, RingVector } from './ring.ts'
export { type Sensitivity, sensitivityOf } from './sensitivity.ts'
export type {
  ClipSpec,
  EncodingKind,
  EncodingSpec,
  IntegerMetricSpec,
  IntegersSpec,
  MeanSpec,
  MetricSpec,
  NoiseSpec,
  RealMetricSpec,
  RotationSpec,
  SpecOf,
  SumSpec,
} from './spec.ts'
