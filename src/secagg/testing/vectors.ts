import { runAggregation } from './vectors/aggregation.ts'
import { VECTOR_FORMAT, type VectorFile } from './vectors/file.ts'
import { badVector } from './vectors/json.ts'
import { runMessage, runRefusedMessage } from './vectors/messages.ts'
import { runOperationVector, runRefusedOperation } from './vectors/operations.ts'
import { reportOf, type VectorReport, type VectorResult } from './vectors/report.ts'

/**
 * Runs a file of test vectors against this library: every good case must come out as recorded, every bad one must be
 * refused at the step and by the code that it names. The files are described in docs/wire-format.md, 'Test vectors'.
 *
 * A case that fails, in whatever way, is reported as failed; nothing is thrown for it.
 *
 * @param file - the parsed JSON of one file
 * @throws UsageError `bad-vector-file` when that is no vector file of this version.
 */
export async function runVectors(file: VectorFile): Promise<VectorReport> {
  if (file?.format !== VECTOR_FORMAT) throw badVector(`the file's format is not "${VECTOR_FORMAT}"`)
  switch (file.kind) {
    case 'messages':
      return runAll(file.cases, runMessage)
    case 'refused-messages':
      return runAll(file.cases, runRefusedMessage)
    case 'operations':
      return runAll(file.cases, runOperationVector)
    case 'refused-operations':
      return runAll(file.cases, runRefusedOperation)
    case 'aggregation':
      return reportOf(await runAggregation(file.aggregation, file.refusals))
    default:
      throw badVector(`there is no kind "${(file as { kind?: unknown }).kind}" of vector file`)
  }
}

async function runAll<T>(cases: readonly T[], run: (vector: T) => Promise<VectorResult>): Promise<VectorReport> {
  const results: VectorResult[] = []
  for (const vector of cases) results.push(await run(vector))
  return reportOf(results)
}
