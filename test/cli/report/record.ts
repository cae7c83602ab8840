import { chartsBy, type Draw } from '../../../src/cli/report/chart.ts'
import { loadChartPackages } from '../../../src/cli/report/packages.ts'
import type { RunRecord } from '../../../src/cli/report/record.ts'
import type { RoundReport } from '../../../src/cli/training/reports.ts'
import type { Evaluation } from '../../../src/cnn/index.ts'
import { ImageDataset } from '../../../src/mnist/index.ts'

/** Text that would be markup if anybody forgot to escape it. */
export const HOSTILE = `<script>alert("1")</script>&'`

const PHASES = ['Training', 'AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'Unmasking'] as const

function round(number: number, more: Partial<RoundReport> = {}): RoundReport {
  return {
    round: number,
    seconds: 2,
    testAccuracy: number / 10,
    testLoss: 3 - number,
    metrics: { loss: 1 },
    survivors: ['worker-1', 'worker-2'],
    dropped: [],
    phases: PHASES.map((phase, i) => ({ phase, seconds: i + 1, bytesUp: 1000 * i, bytesDown: 2000 * i, clients: 3 })),
    warnings: [],
    encoding: {
      modulusBits: 26,
      bits: 24,
      headroomBits: 1.5,
      clippedCoordinates: 3,
      clippedFraction: 0.0123,
      worstCaseError: 3e-7,
      roundingError: { max: 2e-7, l2: 4e-6 },
      metricsSaturated: 0,
    },
    ...more,
  }
}

function evaluation(): Evaluation {
  const confusion = new Uint32Array(100)
  for (let digit = 0; digit < 10; digit++) confusion[11 * digit] = 90 + digit
  confusion[94] = 17
  return { loss: 0.5, accuracy: 0.8765, examples: 1000, correct: 877, confusion }
}

const DIGITS = new ImageDataset(new Uint8Array(784).fill(7), Uint8Array.of(3))

/** A run that never was, with something in every place: two finished rounds and one without a sum. */
export function recordOfRun(): RunRecord {
  const digit = Float64Array.from({ length: 784 }, (_, i) => (i % 28) / 27)
  return {
    experiment: {
      rounds: 3,
      digitsPerWorker: { least: 5, most: 9 },
      mnist: { source: HOSTILE, testName: HOSTILE, train: DIGITS, test: DIGITS },
      plan: { neighbours: 2, threshold: 2, modulusBits: 26, vectorLength: 1002 },
      cnn: {
        name: 'small',
        parameterCount: 1000,
        concurrency: 1,
        engine: { name: 'wasm', reason: 'wasm, as asked' },
      } as RunRecord['experiment']['cnn'],
      settings: {
        workers: 3,
        network: 'small',
        partition: { name: 'iid', partition: () => () => [] },
        dropout: 0.1,
        threatModel: 'semi-honest',
        data: 'auto',
        engine: 'wasm',
        threads: 1,
        seed: 1,
        epochs: 1,
        batchSize: 10,
        learningRate: 0.1,
        bits: 24,
        delta: 1e-5,
        clip: 1,
        out: 'model.safetensors',
        compare: true,
      } as unknown as RunRecord['experiment']['settings'],
    },
    summary: {
      rounds: [
        round(1, { dropped: [{ id: HOSTILE, round: 'ShareKeys', reason: 'silent' }] }),
        round(2, { warnings: [{ code: 'clipped', message: 'some' }] }),
        {
          ...round(3, { survivors: [], aborted: { code: 'too-few', message: HOSTILE } }),
          encoding: undefined as never,
          testAccuracy: 0.2,
          dropped: [
            { id: 'worker-2', round: 'Unmasking', reason: 'silent' },
            { id: 'worker-3', round: 'Unmasking', reason: 'silent' },
          ],
        },
      ],
      evaluation: evaluation(),
      modelHash: 'ab'.repeat(32),
      seconds: 6,
      testSeconds: 1,
      interrupted: false,
      comparison: { plaintextAccuracy: 0.8765, plaintextModelHash: 'ab', plaintextSeconds: 4, identical: true },
    },
    initial: { ...evaluation(), accuracy: 0.0817, loss: 2.25 },
    plaintext: [
      { round: 1, accuracy: 0.1, loss: 2 },
      { round: 2, accuracy: 0.2, loss: 1 },
    ],
    worst: {
      digits: [{ image: new Uint8Array(784).fill(9), label: 4, prediction: 9, loss: 5.25 }],
      misread: 31,
      measured: 31,
    },
    view: {
      worker: HOSTILE,
      update: Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i)),
      received: { words: Float64Array.from({ length: 1000 }, (_, i) => (i * 40503) % 2 ** 26), modulusBits: 26 },
    },
    demonstration: {
      digit,
      label: 5,
      clear: { pixels: digit, label: 5, correlation: 0.9991 },
      masked: { pixels: digit.map(pixel => 1 - pixel), label: 2, correlation: 0.0123 },
    },
  }
}

/** Charts as the command draws them. */
export async function realCharts(): Promise<Draw> {
  return chartsBy(await loadChartPackages())
}
