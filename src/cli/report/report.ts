import { rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Model } from '../../index.ts'
import { checkWritable } from '../model-files.ts'
import { CliError } from '../problems.ts'
import type { Experiment } from '../training/experiment.ts'
import type { TrainSummary } from '../training/reports.ts'
import type { SecureRun } from '../training/secure-run.ts'
import { packageVersion } from '../version.ts'
import { demonstrateInversion } from './attack/demonstration.ts'
import { chartsBy, type Draw } from './chart.ts'
import { loadChartPackages } from './packages.ts'
import { reportPage } from './page.ts'
import type { PlaintextTest } from './record.ts'
import { ServerViewRecorder } from './server-view.ts'
import { worstDigits } from './worst-digits.ts'

/** The report of one run: takes notes while it lasts, and is written at its end. */
export class Report {
  readonly path: string
  readonly #draw: Draw
  readonly #recorder = new ServerViewRecorder()
  readonly #plaintext: PlaintextTest[] = []

  private constructor(path: string, draw: Draw) {
    this.path = path
    this.#draw = draw
  }

  /**
   * Checks what can be checked before the training begins.
   *
   * @param model where the model goes
   * @throws CliError when the file cannot be written or is the model's, or what draws charts is not installed
   */
  static async begin(path: string, model: string): Promise<Report> {
    if (resolve(path) === resolve(model)) {
      throw new CliError(`${path} is where the model goes`, { hint: 'name another file: --report FILE', exitCode: 2 })
    }
    await checkWritable(path, '--report')
    return new Report(path, chartsBy(await loadChartPackages()))
  }

  /** The experiment for the secure run: the same, under observation. */
  observe(experiment: Experiment): Experiment {
    return this.#recorder.observe(experiment)
  }

  /** Tests a model of the plaintext run. */
  async testPlaintext({ cnn, mnist }: Experiment, round: number, model: Model): Promise<void> {
    const { accuracy, loss } = await cnn.evaluate(model, mnist.test)
    this.#plaintext.push({ round, accuracy, loss })
  }

  /** Writes the page, whole or not at all. @throws CliError */
  async write(experiment: Experiment, run: SecureRun, summary: TrainSummary): Promise<void> {
    const { cnn, mnist, settings } = experiment
    const { view } = this.#recorder
    const record = {
      experiment,
      summary,
      initial: run.initial,
      plaintext: this.#plaintext,
      worst: await worstDigits(cnn, run.model, mnist.test),
      ...(view && { view }),
      demonstration: await demonstrateInversion(mnist.train, settings.seed),
    }
    await save(this.path, await reportPage(record, this.#draw, packageVersion()))
  }
}

async function save(path: string, page: string): Promise<void> {
  const temporary = `${path}.part`
  try {
    await writeFile(temporary, page)
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new CliError(`${path} cannot be written (${code})`, { hint: 'name another file: --report FILE', cause })
  }
}
