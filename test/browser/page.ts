import { type SummableVectors, secureSum } from 'secagg'
import { runVectors, simulate, type VectorFile, type VectorReport } from 'secagg/testing'

/** What the page does; the same functions run in Node for comparison. */
export async function simulatedTranscript(seed: number): Promise<{ outcome: string; hash: string; exact: boolean }> {
  const result = await simulate({
    seed,
    clients: 6,
    parameters: {
      threatModel: 'malicious-server',
      graph: { kind: 'complete' },
      vectorLength: 5000,
      modulusBits: 23,
      rangeLength: 2000,
    },
  })
  const { outcome, transcriptHash } = result
  const exact = result.outcome === 'sum' && result.sum.equals(result.expectedSum)
  return { outcome, hash: transcriptHash, exact }
}

/** Real keys and real randomness: clients and server in one page. */
export async function sumOf(vectors: SummableVectors): Promise<number[]> {
  const { sum } = await secureSum(vectors, { kind: 'integers', min: -10, max: 10 })
  return Array.from(sum, Number)
}

/** Runs a vector file, given as its JSON, with the primitives of the platform. */
export async function reportOn(json: string): Promise<VectorReport> {
  return runVectors(JSON.parse(json) as VectorFile)
}

Object.assign(globalThis, { simulatedTranscript, sumOf, reportOn })
