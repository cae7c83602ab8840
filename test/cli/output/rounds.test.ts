import { expect, test } from 'vitest'
import { abortedLines, droppedLines } from '../../../src/cli/output/rounds.ts'
import type { RoundReport } from '../../../src/cli/training/reports.ts'
import type { DroppedWorker } from '../../../src/index.ts'

const silent = (id: string, round: DroppedWorker['round']): DroppedWorker => ({ id, round, reason: 'silent' })

test('who left is told by protocol round, in order, with what became of the update', () => {
  const dropped = [
    silent('worker-10', 'Unmasking'),
    silent('worker-9', 'ShareKeys'),
    { id: 'worker-3', round: 'MaskedInputCollection', reason: 'failed', detail: 'a long story' } as const,
    silent('worker-10', 'ShareKeys'),
  ]
  expect(droppedLines(dropped, 12).join(' ').replace(/\s+/g, ' ')).toBe(
    ' worker-9, worker-10 left in ShareKeys; worker-3 left in MaskedInputCollection (failed); ' +
      'worker-10 left in Unmasking, counted all the same',
  )
})

test('nobody left: no line', () => {
  expect(droppedLines([], 3)).toEqual([])
})

test('when all leave in one round they are not listed', () => {
  const all = ['a', 'b', 'c'].map(id => silent(id, 'ShareKeys'))
  expect(droppedLines(all, 3)[0]!.trim()).toBe('all 3 workers left in ShareKeys')
})

test('a long abort is cut short, but not what went wrong underneath', () => {
  const aborted = { code: 'x', message: 'word '.repeat(200), why: 'the loss is not finite' }
  const lines = abortedLines({ aborted } as unknown as RoundReport)
  expect(lines).toHaveLength(6)
  expect(lines.slice(-2).map(line => line.trim())).toEqual(['...', 'the first to fail: the loss is not finite'])
})
