import type { Command } from 'commander'
import { type Cnn, createCnn, type EngineChoice, type NetworkName } from '../../cnn/index.ts'
import { type Model, modelHash } from '../../index.ts'
import { loadMnist } from '../../mnist/index.ts'
import { abortOnInterrupt } from '../interrupt.ts'
import type { Io } from '../io.ts'
import { loadModel } from '../model-files.ts'
import { type EvaluationReport, evaluationLines } from '../output/evaluation.ts'
import { styleFor } from '../output/style.ts'
import { CliError } from '../problems.ts'
import { dataOption, engineOption, helpExamples } from './common.ts'

const NETWORKS: readonly NetworkName[] = ['small', 'pysyft', 'mcmahan']

interface EvaluateFlags {
  readonly data: string
  readonly engine: EngineChoice
  readonly json?: boolean
}

/** Adds `secagg evaluate` to the program. */
export function addEvaluateCommand(program: Command, io: Io): void {
  program
    .command('evaluate')
    .summary('measure a saved model')
    .description('Measures a model that secagg train has saved: on test digits, overall and digit by digit.')
    .argument('<model>', 'a safetensors file')
    .addOption(dataOption())
    .addOption(engineOption())
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      helpExamples(
        ['secagg evaluate model.safetensors', 'on the default digits'],
        ['secagg evaluate model.safetensors --data full', 'on the MNIST test set'],
      ),
    )
    .action((path: string, flags: EvaluateFlags) => evaluate(path, flags, io))
}

async function evaluate(path: string, flags: EvaluateFlags, io: Io): Promise<void> {
  const { model, metadata } = await loadModel(path)
  const cnn = await networkOf(path, model, metadata.network, flags.engine)
  const mnist = await loadMnist({ data: flags.data === 'auto' ? undefined : flags.data })
  const evaluation = await abortOnInterrupt(
    io,
    () => io.stderr.write('secagg: interrupted\n'),
    signal => cnn.evaluate(model, mnist.test, { signal }),
  )
  const report: EvaluationReport = {
    path,
    metadata,
    network: cnn.name,
    parameters: cnn.parameterCount,
    modelHash: modelHash(model),
    engine: cnn.engine,
    source: mnist.source,
    testName: mnist.testName,
    evaluation,
  }
  io.stdout.write(flags.json ? `${JSON.stringify(jsonOf(report))}\n` : linesOf(report, io))
}

function linesOf(report: EvaluationReport, io: Io): string {
  return `${evaluationLines(report, styleFor(io.stdout, io.env)).join('\n')}\n`
}

function jsonOf({ evaluation, engine, ...report }: EvaluationReport): object {
  const { accuracy, loss, examples, correct, confusion } = evaluation
  return {
    testAccuracy: accuracy,
    testLoss: loss,
    testDigits: examples,
    correct,
    perDigit: digitAccuracies(confusion),
    confusion: Array.from({ length: 10 }, (_, digit) => Array.from(confusion.subarray(10 * digit, 10 * digit + 10))),
    ...report,
    engine: engine.name,
  }
}

/** Of each digit, the fraction that was recognized; null where there is none of it. */
function digitAccuracies(confusion: Uint32Array): (number | null)[] {
  return Array.from({ length: 10 }, (_, digit) => {
    const total = confusion.subarray(10 * digit, 10 * digit + 10).reduce((sum, n) => sum + n, 0)
    return total === 0 ? null : confusion[11 * digit]! / total
  })
}

/** The network that the file says it is, else the one whose tensors it has. */
async function networkOf(path: string, model: Model, claimed: string | undefined, engine: EngineChoice): Promise<Cnn> {
  const shape = shapeOf(model.schema)
  for (const name of NETWORKS) {
    const cnn = await createCnn(name, { engine })
    if (shapeOf(cnn.schema) === shape) return cnn
    cnn.dispose()
  }
  const says = claimed === undefined ? '' : ` (it says "${claimed}")`
  throw new CliError(`${path} is none of the networks ${NETWORKS.join(', ')}${says}: its tensors are ${shape}`, {
    hint: 'a model is saved by: secagg train --out model.safetensors',
  })
}

function shapeOf(schema: Model['schema']): string {
  return schema.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')
}
