import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cli, widthOf } from './support.ts'

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await cli(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', exitCode: 0 })
})

test.each([[[]], [['train']], [['evaluate']], [['plan']], [['data']], [['data', 'download']], [['data', 'info']]])(
  'the help of %j fits into 80 columns and ends in examples',
  async command => {
    const { stdout, stderr, exitCode } = await cli([...command, '--help'])
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).toMatch(new RegExp(`^Usage: ${['secagg', ...command].join(' ')}`))
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
    if (command[0] !== 'data' || command[1] === 'download') expect(stdout).toContain('Examples:\n  secagg ')
  },
)

test('secagg help train is the help of train', async () => {
  expect((await cli(['help', 'train'])).stdout).toBe((await cli(['train', '--help'])).stdout)
})

test('secagg alone says what it can do, as an error', async () => {
  const { stderr, exitCode } = await cli([])
  expect(stderr).toContain('Usage: secagg')
  expect(exitCode).toBe(2)
})

test.each([
  [['trian'], "unknown command 'trian'\n(Did you mean train?)"],
  [['train', '--wrokers', '5'], "unknown option '--wrokers'\n(Did you mean --workers?)"],
  [['train', '--rounds', 'many'], "option '--rounds <n>' argument 'many' is invalid."],
  [['train', '--workers', '2'], 'from 3 to 256'],
  [['train', '--network', 'huge'], 'Allowed choices are small, pysyft, mcmahan.'],
  [['train', '--partition', 'fair'], 'Use iid, shards, shards:2, dirichlet or dirichlet:0.5.'],
  [['train', 'something'], 'too many arguments'],
  [['plan', '--dim', '10'], "required option '--clients <n>' not specified"],
  [['plan', '--clients', '2', '--dim', '10'], 'from 3 to 1000000000'],
  [['plan', '--clients', '9', '--dim', '10', '--corrupt', '1'], 'from 0 to below 1'],
  [['evaluate'], "missing required argument 'model'"],
])('%j is a usage error: exit code 2, and nothing on stdout', async (args, message) => {
  const { stdout, stderr, exitCode } = await cli(args)
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^secagg: /)
  expect(stderr).toContain(message)
  expect(stderr).toContain('--help')
})

test('--debug shows the stack, and without it nobody sees one', async () => {
  const args = ['evaluate', '/nowhere/model.safetensors']
  expect((await cli(args)).stderr).not.toContain('    at ')
  expect((await cli([...args, '--debug'])).stderr).toContain('    at ')
})
