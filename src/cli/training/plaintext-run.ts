import { type DropoutPlan, type Model, modelHash, runPlaintextFederatedRound } from '../../index.ts'
import type { Experiment } from './experiment.ts'
import { type Comparison, finishedRounds, type RoundReport, type TrainReporter } from './reports.ts'

/**
 * The baseline: the same rounds from the same initial model and seed with the same dropouts, added up in clear. It takes
 * nothing from the secure run but which rounds came to an end, and whose training failed. Beside a private run it has neither
 * noise nor clip.
 *
 * @param afterRound told each model, outside of the time that is reported
 */
export async function runInClear(
  experiment: Experiment,
  secure: { readonly model: Model; readonly rounds: readonly RoundReport[] },
  reporter: TrainReporter,
  signal: AbortSignal,
  afterRound: (round: number, model: Model) => Promise<void> = async () => {},
): Promise<Comparison> {
  const { privacy, encoding = {}, ...shared } = experiment.roundOptions()
  const { clip, ...unclipped } = encoding
  const options = { ...shared, signal, encoding: privacy ? unclipped : encoding }
  let milliseconds = 0
  let model = experiment.initial
  for (const report of finishedRounds(secure.rounds)) {
    reporter.comparing(report.round)
    const started = performance.now()
    const dropouts = withoutFailed(experiment.dropouts, report)
    const result = await runPlaintextFederatedRound({ ...options, model, round: report.round - 1, dropouts })
    model = result.model
    milliseconds += performance.now() - started
    await afterRound(report.round, model)
  }
  const plaintextSeconds = milliseconds / 1000
  const { accuracy } = await experiment.cnn.evaluate(model, experiment.mnist.test)
  const plaintextModelHash = modelHash(model)
  const baseline = { plaintextAccuracy: accuracy, plaintextModelHash, plaintextSeconds }
  return privacy ? baseline : { ...baseline, identical: plaintextModelHash === modelHash(secure.model) }
}

/** A worker whose own training failed has nothing to give in clear either. */
function withoutFailed(simulated: DropoutPlan, { dropped }: RoundReport): DropoutPlan {
  const failed = new Set(dropped.filter(({ reason }) => reason === 'failed').map(({ id }) => id))
  return (id, round) => (failed.has(id) ? 'MaskedInputCollection' : simulated(id, round))
}
