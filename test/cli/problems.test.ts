import { expect, test } from 'vitest'
import { CliError, explain } from '../../src/cli/problems.ts'
import { CnnError, INSTALL_COMMAND } from '../../src/cnn/index.ts'
import { FederatedError, UsageError } from '../../src/index.ts'
import { MnistError } from '../../src/mnist/index.ts'

test('a missing TensorFlow.js is answered by the one command that installs it', () => {
  const problem = explain(new CnnError('tensorflow-missing', 'a\nlong\nstory'))
  expect(problem).toMatchObject({ exitCode: 1, expected: true, hint: `install it: ${INSTALL_COMMAND}` })
  expect(problem.message).toBe('TensorFlow.js, which the networks run on, is not installed')
})

test('what the command line asked for in vain is exit code 2, what went wrong is 1', () => {
  expect(explain(new UsageError('threshold-above-cohort', 'too high')).exitCode).toBe(2)
  expect(explain(new UsageError('infeasible-parameters', 'no graph')).exitCode).toBe(2)
  expect(explain(new UsageError('invalid-belief', 'no such belief')).exitCode).toBe(2)
  expect(explain(new FederatedError('more-workers-than-examples', 'too many')).exitCode).toBe(2)
  expect(explain(new MnistError('checksum-mismatch', 'not it')).exitCode).toBe(1)
  expect(explain(new CliError('no', { exitCode: 2 })).exitCode).toBe(2)
})

test('hints speak of options of the command, not of the library', () => {
  expect(explain(new UsageError('threshold-above-cohort', 'x')).hint).toContain('--threshold')
  expect(explain(new MnistError('data-not-found', 'x')).hint).toContain('secagg data download')
  expect(explain(new CliError('x', { hint: 'do this' })).hint).toBe('do this')
  expect(explain(new CliError('x'))).not.toHaveProperty('hint')
})

test('a message is one line, whatever it was', () => {
  expect(explain(new MnistError('download-failed', 'one\n  two')).message).toBe('one two')
})

test('anything untyped is a bug, and says how to see more', () => {
  expect(explain(new TypeError('x is undefined'))).toMatchObject({
    message: 'unexpected error: x is undefined',
    hint: expect.stringContaining('--debug'),
    exitCode: 1,
    expected: false,
  })
  expect(explain('thrown text').message).toBe('unexpected error: thrown text')
})
