import { UsageError } from '../errors.ts'
import { logChoose } from '../graph/log-factorial.ts'
import type { RdpBound } from './rdp.ts'

/** The central baseline: somebody trusted adds continuous Gaussian noise to the exact sum. */
export interface GaussianMechanism {
  /** Standard deviation of the noise over the L2 sensitivity. */
  readonly noiseMultiplier: number
}

/** The same, over a cohort that each client joins by a coin of its own. */
export interface SubsampledGaussianMechanism extends GaussianMechanism {
  /** q: the probability with which each client joins, from 0 (exclusive) to 1. */
  readonly samplingRate: number
}

/**
 * RDP of the Gaussian mechanism: order / (2 z^2) for the noise multiplier z. Mironov, "Rényi Differential Privacy",
 * CSF 2017, corollary 3.
 *
 * @throws UsageError `bad-privacy`
 */
export function gaussianRdp({ noiseMultiplier }: GaussianMechanism): RdpBound {
  checkMultiplier(noiseMultiplier)
  return order => order / (2 * noiseMultiplier * noiseMultiplier)
}

/**
 * RDP of the Gaussian mechanism over a Poisson-sampled cohort, for adding or removing one client: exact, not a bound.
 * Mironov, Talwar, Zhang, "Rényi Differential Privacy of the Sampled Gaussian Mechanism", 2019: section 3 reduces it to
 * A = E[((1 - q) + q exp((2 Z - 1) / (2 z^2)))^order] with Z ~ N(0, z^2), and RDP = ln A / (order - 1).
 *
 * **It holds only against parties that do not see the cohort.** The server of an aggregation does see it: against the
 * server, use {@link gaussianRdp}.
 *
 * @throws UsageError `bad-privacy`
 */
export function subsampledGaussianRdp({ noiseMultiplier, samplingRate }: SubsampledGaussianMechanism): RdpBound {
  checkMultiplier(noiseMultiplier)
  checkRate(samplingRate)
  if (samplingRate === 1) return gaussianRdp({ noiseMultiplier })
  return order => {
    const moment = Number.isInteger(order) ? logMomentByTerms : logMomentByQuadrature
    return Math.max(0, moment(samplingRate, noiseMultiplier, order)) / (order - 1)
  }
}

/** @throws UsageError `bad-privacy` unless 0 < rate <= 1 */
export function checkRate(samplingRate: number): void {
  if (samplingRate > 0 && samplingRate <= 1) return
  throw new UsageError('bad-privacy', `samplingRate is a probability above 0, not ${samplingRate}.`)
}

function checkMultiplier(noiseMultiplier: number): void {
  if (noiseMultiplier > 0 && Number.isFinite(noiseMultiplier)) return
  throw new UsageError('bad-privacy', `noiseMultiplier must be a positive finite number, not ${noiseMultiplier}.`)
}

/**
 * ln A for whole orders, by the binomial theorem (ibid., section 3.3). A - 1 is summed rather than A: the binomial
 * weights alone sum to 1, so each term counts with expm1, and small privacy losses keep all their digits.
 */
export function logMomentByTerms(q: number, z: number, order: number): number {
  const logs = new Float64Array(order - 1)
  for (let k = 2; k <= order; k++) {
    const weight = logChoose(order, k) + k * Math.log(q) + (order - k) * Math.log1p(-q)
    logs[k - 2] = weight + logExpm1((k * (k - 1)) / (2 * z * z))
  }
  const excess = logSumExp(logs)
  return excess > 0 ? excess + Math.log1p(Math.exp(-excess)) : Math.log1p(Math.exp(excess))
}

/**
 * ln A for any order, by the trapezoidal rule. The integrand is analytic up to |Im z| = pi z^2, where 1 - q + q exp(...)
 * vanishes, so the rule's error falls like exp(-2 pi Im / h) (Trefethen and Weideman, SIAM Review 2014, section 5): with
 * the steps below it is lost in the rounding of doubles. Mass lies between 0 and `order`, give or take 10 deviations.
 */
export function logMomentByQuadrature(q: number, z: number, order: number): number {
  const step = Math.min(z / 2, (z * z) / 3)
  const from = -10 * z
  const count = Math.ceil((order + 20 * z) / step)
  const logs = new Float64Array(count + 1)
  for (let i = 0; i <= count; i++) {
    const x = from + i * step
    const t = (2 * x - 1) / (2 * z * z)
    const logRatio = t > 0 ? t + Math.log(q + (1 - q) * Math.exp(-t)) : Math.log1p(q * Math.expm1(t))
    logs[i] = order * logRatio - (x * x) / (2 * z * z)
  }
  return logSumExp(logs) + Math.log(step / (z * Math.sqrt(2 * Math.PI)))
}

function logExpm1(x: number): number {
  return x > 1 ? x + Math.log1p(-Math.exp(-x)) : Math.log(Math.expm1(x))
}

function logSumExp(logs: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY
  for (const log of logs) if (log > most) most = log
  let sum = 0
  for (const log of logs) sum += Math.exp(log - most)
  return most + Math.log(sum)
}
