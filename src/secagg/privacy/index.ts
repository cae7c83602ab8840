export { discreteGaussian, discreteLaplace, fillNoise, type NoiseDistribution, skellam } from './noise.ts'
export type { Rational } from './rational.ts'
