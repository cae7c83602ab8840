import { createHash } from 'node:crypto'
import { type Cnn, createCnn, type EngineChoice, type NetworkName } from '../../cnn/index.ts'
import type { Model } from '../../index.ts'
import { type ImageDataset, loadMnist, type Mnist } from '../../mnist/index.ts'

/** So many test digits are measured at once. A fixed number: how sums are rounded must not depend on the threads. */
const TEST_DIGITS = 2_500

/** What a run's numbers depend on besides its settings. */
export interface Conditions {
  readonly testName: string
  readonly trainingDigits: number
  readonly testDigits: number
  /** SHA-256 of all digits and labels, shortened. */
  readonly digits: string
  readonly engine: string
}

/** Digits and networks, for all cells of an experiment. */
export class Laboratory {
  readonly mnist: Mnist
  readonly #engine: EngineChoice
  readonly #threads: number
  readonly #networks: Map<NetworkName, Promise<Cnn>> = new Map()
  readonly #tests: readonly ImageDataset[]
  readonly #digits: string

  private constructor(mnist: Mnist, engine: EngineChoice, threads: number) {
    this.mnist = mnist
    this.#engine = engine
    this.#threads = threads
    this.#tests = inParts(mnist.test)
    this.#digits = hashOf(mnist)
  }

  static async open(options: {
    readonly data: string
    readonly engine: EngineChoice
    readonly threads: number
  }): Promise<Laboratory> {
    const { data, engine, threads } = options
    return new Laboratory(await loadMnist({ data: data === 'auto' ? undefined : data }), engine, threads)
  }

  network(name: NetworkName): Promise<Cnn> {
    const known = this.#networks.get(name)
    if (known !== undefined) return known
    const created = createCnn(name, { engine: this.#engine, threads: this.#threads })
    this.#networks.set(name, created)
    return created
  }

  conditions(cnn: Cnn): Conditions {
    const { train, test, testName } = this.mnist
    return {
      // A folder is a matter of the machine; what it holds is told by the hash.
      testName: testName.startsWith('test files of') ? 'test files of a folder' : testName,
      trainingDigits: train.length,
      testDigits: test.length,
      digits: this.#digits,
      engine: cnn.engine.name,
    }
  }

  /** Accuracy and loss on the test digits, measured on all threads. */
  async test(
    cnn: Cnn,
    model: Model,
    signal: AbortSignal,
  ): Promise<{ readonly accuracy: number; readonly loss: number }> {
    const measured = await Promise.all(this.#tests.map(digits => cnn.evaluate(model, digits, { signal })))
    const total = this.mnist.test.length
    const correct = measured.reduce((sum, part) => sum + part.correct, 0)
    const loss = measured.reduce((sum, part) => sum + part.loss * part.examples, 0)
    return { accuracy: correct / total, loss: loss / total }
  }

  async close(): Promise<void> {
    for (const cnn of this.#networks.values()) (await cnn).dispose()
  }
}

function inParts(digits: ImageDataset): ImageDataset[] {
  const parts: ImageDataset[] = []
  for (let at = 0; at < digits.length; at += TEST_DIGITS) {
    parts.push(digits.slice(at, Math.min(digits.length, at + TEST_DIGITS)))
  }
  return parts
}

function hashOf({ train, test }: Mnist): string {
  const hash = createHash('sha256')
  for (const { images, labels } of [train, test]) hash.update(labels).update(images)
  return hash.digest('hex').slice(0, 16)
}
