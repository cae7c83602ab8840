import { expect, test } from 'vitest'
import { styleFor } from '../../../src/cli/output/style.ts'
import { summaryLines } from '../../../src/cli/output/summary.ts'
import type { Experiment } from '../../../src/cli/training/experiment.ts'
import { exitCodeOf, type RoundReport, type TrainSummary } from '../../../src/cli/training/reports.ts'

const round: RoundReport = {
  round: 1,
  seconds: 2,
  testAccuracy: 0.97,
  metrics: { loss: 0.1 },
  survivors: ['a', 'b', 'c'],
  dropped: [],
  phases: [{ phase: 'Training', seconds: 2, bytesUp: 0, bytesDown: 1000, clients: 3 }],
  warnings: [],
}

const summary: TrainSummary = {
  rounds: [round],
  evaluation: { accuracy: 0.97, loss: 0.1, examples: 100, correct: 97, confusion: new Uint32Array(100) },
  modelHash: 'a'.repeat(64),
  seconds: 2,
  testSeconds: 0.1,
  saved: { path: 'model.safetensors', bytes: 82_872 },
  comparison: { plaintextAccuracy: 0.97, plaintextModelHash: 'a'.repeat(64), plaintextSeconds: 2, identical: true },
  interrupted: false,
}

const differing: TrainSummary = {
  ...summary,
  comparison: { ...summary.comparison!, plaintextModelHash: 'b'.repeat(64), identical: false },
}

function textOf(summary: TrainSummary): string {
  const experiment = { mnist: { testName: 'held-out digits' }, cnn: { concurrency: 1 } } as Experiment
  return summaryLines(experiment, summary, styleFor({ write() {} }, {})).join('\n')
}

test('the accuracy is called what it is measured on', () => {
  expect(textOf(summary)).toContain('Held-out digits: 97.00 %\n  97 of 100 right, after 1 round.')
})

test('two models that differ are an error that cannot be overlooked', () => {
  expect(textOf(summary)).toContain('Identical bit for bit')
  expect(textOf(differing)).toContain('ERROR: THE TWO MODELS DIFFER.')
  expect(textOf(differing)).not.toContain('Identical')
  expect(exitCodeOf(differing)).toBe(1)
  expect(exitCodeOf({ ...differing, interrupted: true })).toBe(1)
})

test('the exit code is 0 for a run that came to its end, 1 for one that learned nothing, 130 after Ctrl-C', () => {
  const aborted = { ...round, aborted: { code: 'too-few', message: 'too few' } }
  expect(exitCodeOf(summary)).toBe(0)
  expect(exitCodeOf({ ...summary, rounds: [aborted] })).toBe(1)
  expect(exitCodeOf({ ...summary, rounds: [aborted, round] })).toBe(0)
  expect(exitCodeOf({ ...summary, interrupted: true })).toBe(130)
})
