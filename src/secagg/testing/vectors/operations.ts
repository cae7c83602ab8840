import { SecAggError } from '../../errors.ts'
import type { OperationVector, RefusedOperationVector } from './file.ts'
import { badVector, Fields, type JsonObject, sameJson } from './json.ts'
import type { Operations } from './operation.ts'
import { encodingOperations } from './operations-encoding.ts'
import { keyOperations } from './operations-keys.ts'
import { rosterOperations } from './operations-roster.ts'
import { transcriptOperations } from './operations-transcripts.ts'
import { badCase, goodCase, Mismatch, type VectorResult } from './report.ts'

const OPERATIONS: Operations = { ...keyOperations, ...transcriptOperations, ...rosterOperations, ...encodingOperations }

/** Computes one operation. @throws SecAggError with the code by which it refuses its input. */
export async function runOperation(operation: string, input: JsonObject): Promise<JsonObject> {
  const run = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined
  if (run === undefined) throw badVector(`there is no operation "${operation}"`)
  return run(new Fields(input, operation))
}

/** The inputs give the outputs. */
export function runOperationVector({ name, operation, input, output }: OperationVector): Promise<VectorResult> {
  return goodCase(name, operation, async () => {
    const actual = await runOperation(operation, input)
    if (!sameJson(actual, output)) throw new Mismatch(operation, `it gave ${JSON.stringify(actual)}`)
  })
}

/** The inputs are refused. */
export function runRefusedOperation({
  name,
  operation,
  input,
  refused,
}: RefusedOperationVector): Promise<VectorResult> {
  return badCase(name, refused, async () => {
    try {
      await runOperation(operation, input)
      return undefined
    } catch (error) {
      if (!(error instanceof SecAggError) || error.code === 'bad-vector-file') throw error
      return { step: operation, code: error.code }
    }
  })
}
