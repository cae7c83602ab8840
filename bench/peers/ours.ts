import { type AggregationParameters, decodeSum, encodeInput, planEncoding, secureRandom } from 'secagg/secagg'
import { runAggregation } from '../support/aggregation.ts'
import { costOf, type RoundCosts, totalOf } from '../support/costs.ts'
import { MeteredServer } from '../support/server.ts'
import { BITS, type Cell, CLIP } from './cells.ts'

/** CPU seconds, quantization and decoding included. */
export interface OurCosts {
  /** Of a client that stayed: the mean over all of them. */
  readonly client: number
  readonly server: number
  /** By protocol round. */
  readonly rounds: { readonly client: RoundCosts; readonly server: RoundCosts }
}

/** The same cohort, in this process: every client is a real one and does all of its work. */
export async function runOurs({ clients, dimension, numShares, threshold, dropouts }: Cell): Promise<OurCosts> {
  const clip = { kind: 'coordinate', bound: CLIP } as const
  const plan = planEncoding({ kind: 'mean', clients, dimension, bits: BITS, clip, weightBound: 1, metrics: [] })
  const parameters: AggregationParameters = {
    threatModel: 'semi-honest',
    clients,
    graph: numShares === clients ? { kind: 'complete' } : { kind: 'harary', degree: numShares - 1 },
    threshold,
    vectorLength: plan.length,
    modulusBits: plan.modulusBits,
  }
  const agreement = { parameters, context: new Uint8Array(32).fill(1), session: new Uint8Array(32).fill(2) }
  const server = new MeteredServer(agreement)
  const expected = new Float64Array(dimension)
  const costs = await runAggregation({
    ...agreement,
    server,
    leaves: index => index < dropouts,
    prepare: index => {
      const values = valuesOf(index, dimension)
      for (let i = 0; i < dimension; i++) expected[i]! += values[i]!
      return async () => (await encodeInput(plan, { values, weight: 1 }, secureRandom(16))).vector
    },
  })
  const { sum, survivors } = await server.sum()
  const [{ mean }, decoding] = await costOf(() => decodeSum(plan, sum, survivors.length))
  verify(mean, expected, survivors.length)
  return {
    client: totalOf(costs.client).cpu,
    server: totalOf(costs.server.costs).cpu + decoding.cpu,
    rounds: { client: costs.client, server: costs.server.costs },
  }
}

/** An update, between -1 and 1, that depends on `index` alone. */
function valuesOf(index: number, dimension: number): Float32Array {
  const values = new Float32Array(dimension)
  for (let i = 0, state = Math.imul(index + 1, 0x9e3779b1); i < dimension; i++) {
    state = (Math.imul(state, 0x915f77f5) + 1) | 0
    values[i] = state / 2 ** 31
  }
  return values
}

/** To one step of the grid: rounding moves no input further. */
function verify(mean: Float64Array, expected: Float64Array, survivors: number): void {
  const step = (2 * CLIP) / 2 ** BITS
  const at = mean.findIndex((value, i) => !(Math.abs(value - expected[i]! / survivors) <= 1.01 * step))
  if (at !== -1) throw new Error(`coordinate ${at} of the mean is wrong`)
}
