import { expect, test } from 'vitest'
import { planAggregation } from '../../src/index.ts'
import { cli, jsonLines, plain, testIo, widthOf } from './support.ts'

const THOUSAND = [
  'plan',
  '--clients',
  '1000',
  '--dim',
  '1663370',
  '--bits',
  '16',
  '--corrupt',
  '0.05',
  '--dropout',
  '0.1',
]
const PLAN = planAggregation({
  clients: 1000,
  dimension: 1_663_370,
  bits: 16,
  corruptFraction: 0.05,
  dropoutFraction: 0.1,
})

test('a plan says graph, chances, modulus, bytes and CPU time in 80 columns', async () => {
  const { stdout, stderr, exitCode } = await cli(THOUSAND)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(widthOf(stdout)).toBeLessThanOrEqual(80)
  for (const text of [
    'clients     1,000; 50 may collude, 100 may leave',
    'neighbours  40 each',
    'threshold   19 shares open a secret',
    'security     2^-41.6:',
    'correctness  2^-31.7:',
    'modulus  2^26:',
    PLAN.uploadBytes.toLocaleString('en-US'),
    PLAN.downloadBytes.toLocaleString('en-US'),
    `${PLAN.uploadExpansion.toFixed(3)} times the 3.3 MB`,
    'encoding included',
    'for 1,000 clients of whom 100 leave',
  ]) {
    expect(stdout).toContain(text)
  }
  expect(stdout).not.toContain('On paper')
})

test('--json is one line with everything that the function gives, and the times', async () => {
  const { stdout } = await cli([...THOUSAND, '--json'])
  const [line, ...rest] = jsonLines(stdout)
  expect(rest).toEqual([])
  const { clientSeconds, serverSeconds, ...plan } = line!
  expect(plan).toEqual(JSON.parse(JSON.stringify(PLAN)))
  expect(plan).toMatchObject({ degree: 40, threshold: 19, modulusBits: 26 })
  expect(clientSeconds).toBeGreaterThan(0)
  expect(serverSeconds).toBeGreaterThan(clientSeconds as number)
})

test('--no-calibration leaves out the times, and nothing else', async () => {
  const { stdout } = await cli([...THOUSAND, '--no-calibration'])
  expect(stdout).toContain('Bytes of one client')
  expect(stdout).not.toContain('CPU time')
  const [line] = jsonLines((await cli([...THOUSAND, '--no-calibration', '--json'])).stdout)
  expect(line).toEqual(JSON.parse(JSON.stringify(PLAN)))
})

test('a cohort beyond one aggregation is planned on paper, and the first words say so', async () => {
  const io = testIo({ terminal: true })
  const billion = ['plan', '--clients', '1000000000', '--dim', '1000', '--no-calibration']
  const text = plain((await cli(billion, io)).stdout)
  expect(text).toMatch(/^On paper only: one aggregation takes at most 1,048,576 clients/)
  expect(text).toContain('954 aggregations')
  expect(widthOf(text)).toBeLessThanOrEqual(80)
  const [line] = jsonLines((await cli([...billion, '--json'])).stdout)
  expect(line).toMatchObject({ aggregations: 954, clients: 1e9 })
})

test('the complete graph has nothing left to chance: in JSON these probabilities are null', async () => {
  const args = ['plan', '--clients', '50', '--dim', '100', '--complete', '--no-calibration']
  const { stdout } = await cli(args)
  expect(stdout).toContain("49 each: everybody is everybody's neighbour")
  expect(stdout).toContain('security     none:')
  const [line] = jsonLines((await cli([...args, '--json'])).stdout)
  expect(line!.probabilities).toEqual({ disconnected: null, privacyFailure: null, correctnessFailure: null })
})

test('against a server that may lie there is a round more', async () => {
  const args = ['plan', '--clients', '100', '--dim', '100', '--no-calibration']
  expect((await cli(args)).stdout).not.toContain('ConsistencyCheck')
  for (const model of ['semi-malicious', 'malicious-server']) {
    const { stdout } = await cli([...args, '--threat-model', model])
    expect(stdout).toContain('ConsistencyCheck')
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
  }
})

test.each([
  [['--clients', '1000', '--dropout', '0.3', '--threat-model', 'semi-malicious'], 'dropoutFraction 0.25'],
  [['--clients', '1000', '--threat-model', 'malicious-server'], 'clients 256'],
  [['--clients', '1000', '--complete'], 'k-regular graph'],
])('what cannot be met says what to relax, as a usage error: %j', async (args, advice) => {
  const { stdout, stderr, exitCode } = await cli(['plan', '--dim', '100', '--no-calibration', ...args])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain(advice)
  expect(stderr).toContain('hint: the options are --corrupt')
})

test('a privacy budget adds the noise, what it costs and what is spent', async () => {
  const args = [...THOUSAND, '--epsilon', '8', '--rounds', '100', '--no-calibration']
  const { stdout } = await cli(args)
  expect(widthOf(stdout)).toBeLessThanOrEqual(80)
  const [line] = jsonLines((await cli([...args, '--json'])).stdout)
  const noise = line!.noise as Record<string, number>
  expect(noise).toMatchObject({ budget: 8, rounds: 100, delta: 1e-5, minimumSurvivors: 900, assumedCorrupted: 50 })
  for (const text of [
    'epsilon 8 at delta 1.00e-5, for 100 rounds',
    `${Number(noise.epsilonAfterOne!.toPrecision(3))} after 1 round`,
    `${Number(noise.noiseMultiplier!.toPrecision(3))} times the sensitivity`,
    'for 900 survivors, 50 of them corrupted',
    'wrap around with a chance of 1e-300 at most',
  ]) {
    expect(stdout.replace(/\s+/g, ' ')).toContain(text)
  }
  expect((await cli([...THOUSAND, '--no-calibration'])).stdout).not.toContain('privacy')
  const refused = await cli([...args, '--epsilon', '1e-9'])
  expect({ ...refused, stderr: '' }).toEqual({ stdout: '', stderr: '', exitCode: 2 })
  expect(refused.stderr).toContain('raise epsilon, or lower rounds')
})
