export {
  type NoisedRound,
  type Observer,
  PrivacyAccountant,
  type PrivacyAccountantOptions,
  type PrivacyBudget,
  type PrivacyMechanism,
} from './accountant.ts'
export { type CalibrationTarget, noiseMultiplierFor } from './calibrate.ts'
export {
  type DistributedNoise,
  discreteGaussianSumRdp,
  type NoiseTarget,
  perClientVariance,
  skellamRdp,
} from './distributed-rdp.ts'
export {
  type GaussianMechanism,
  gaussianRdp,
  type SubsampledGaussianMechanism,
  subsampledGaussianRdp,
} from './gaussian-rdp.ts'
export { discreteGaussian, discreteLaplace, fillNoise, type NoiseDistribution, skellam } from './noise.ts'
export type { Rational } from './rational.ts'
export {
  composeRdp,
  DEFAULT_ORDERS,
  type PrivacyGuarantee,
  type RdpBound,
  type RdpCurve,
  rdpCurve,
  rdpToDelta,
  rdpToEpsilon,
} from './rdp.ts'
