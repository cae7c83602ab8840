import { SecAggError } from '../../errors.ts'

/** How one case went. */
export interface VectorResult {
  readonly name: string
  readonly passed: boolean
  /** Where it was refused, or failed. */
  readonly step: string
  /** The code of the refusal, in cases that are about one and that ended in one. */
  readonly code?: string
  /** What was expected and what happened, when it failed. */
  readonly detail?: string
}

/** How a file went. */
export interface VectorReport {
  readonly passed: number
  readonly failed: number
  readonly cases: readonly VectorResult[]
}

/** A refusal that happened: where, and by which code. */
export interface Refused {
  readonly step: string
  readonly code: string
}

export function reportOf(cases: readonly VectorResult[]): VectorReport {
  const passed = cases.filter(result => result.passed).length
  return { passed, failed: cases.length - passed, cases }
}

/** A check of a good case that did not hold. */
export class Mismatch extends Error {
  readonly step: string

  constructor(step: string, what: string) {
    super(what)
    this.step = step
  }
}

/** Runs a good case: `run` goes through the steps and throws a {@link Mismatch}, or what the library throws. */
export async function goodCase(name: string, step: string, run: () => unknown): Promise<VectorResult> {
  try {
    await run()
    return { name, passed: true, step }
  } catch (error) {
    return { name, passed: false, step: error instanceof Mismatch ? error.step : step, detail: describe(error) }
  }
}

/** Runs a bad case: `run` says where and why it was refused, or that it was not. */
export async function badCase(
  name: string,
  expected: Refused,
  run: () => Refused | undefined | Promise<Refused | undefined>,
): Promise<VectorResult> {
  const wanted = `${expected.code} at ${expected.step}`
  try {
    const refused = await run()
    if (refused === undefined) {
      return { name, passed: false, step: expected.step, detail: `expected ${wanted}; nothing was refused` }
    }
    const { step, code } = refused
    if (step === expected.step && code === expected.code) return { name, passed: true, step, code }
    return { name, passed: false, step, code, detail: `expected ${wanted}; refused as ${code} at ${step}` }
  } catch (error) {
    return { name, passed: false, step: expected.step, detail: `expected ${wanted}; ${describe(error)}` }
  }
}

function describe(error: unknown): string {
  if (error instanceof SecAggError) return `${error.name} ${error.code}: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
