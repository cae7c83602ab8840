import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createCnn } from '../../src/cnn/index.ts'
import { decodeSafetensors, modelHash } from '../../src/index.ts'
import { loadMnist } from '../../src/mnist/index.ts'
import { cli, fewDigits, jsonLines, plain, temporaryFolder, testIo, widthOf } from './support.ts'

/** A run that takes a second: few digits, three workers, two rounds, nobody leaves. */
async function quickRun(...more: string[]): Promise<{ args: string[]; out: string; data: string }> {
  const folder = temporaryFolder()
  const data = await fewDigits(folder)
  const out = join(folder, 'model.safetensors')
  const args = ['train', '--data', data, '--out', out, '--engine', 'wasm', '--workers', '3', '--rounds', '2']
  return { args: [...args, '--epochs', '1', '--batch-size', '40', '--dropout', '0', ...more], out, data }
}

beforeAll(async () => {
  // The first engine of a process takes its time; that is nobody's fault here.
  await createCnn('small', { engine: 'wasm' })
})

describe('secagg train --json', () => {
  test('prints one object per federated round and a last one for the run, and nothing else', async () => {
    const { args, out, data } = await quickRun('--json')
    const { stdout, stderr, exitCode } = await cli(args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const [first, second, last, ...rest] = jsonLines(stdout)
    expect(rest).toEqual([])
    expect(Object.keys(first!)).toEqual([
      'round',
      'testAccuracy',
      'metrics',
      'survivors',
      'dropped',
      'aborted',
      'seconds',
      'phases',
      'encoding',
      'privacy',
      'warnings',
    ])
    expect(first).toMatchObject({ round: 1, survivors: 3, dropped: [], aborted: null, encoding: { bits: 24 } })
    expect(second).toMatchObject({ round: 2, metrics: { loss: expect.any(Number), accuracy: expect.any(Number) } })
    const phases = ['Training', 'AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'Unmasking']
    expect((second!.phases as { phase: string }[]).map(({ phase }) => phase)).toEqual(phases)
    expect(last).toMatchObject({
      testAccuracy: second!.testAccuracy,
      identical: true,
      plaintextModelHash: last!.modelHash,
      plaintextTestAccuracy: last!.testAccuracy,
      rounds: 2,
      abortedRounds: 0,
      interrupted: false,
      network: 'small',
      parameters: 20522,
      engine: 'wasm',
      data: `IDX files of ${data}`,
      testName: `test files of ${data}`,
      seed: 1,
      modelFile: out,
    })
    expect(last!.seconds).toBeCloseTo((first!.seconds as number) + (second!.seconds as number), 9)
    expect(last!.modelHash).not.toBe(last!.initialModelHash)
  })

  test('tells the accuracy that the saved model has when anybody measures it', async () => {
    const { args, out, data } = await quickRun('--json', '--no-compare')
    const last = jsonLines((await cli(args)).stdout).at(-1)!
    const { model, metadata } = decodeSafetensors(new Uint8Array(readFileSync(out)))
    expect(modelHash(model)).toBe(last.modelHash)
    expect(metadata).toMatchObject({ network: 'small', seed: '1', rounds: '2', accuracy: String(last.testAccuracy) })
    const cnn = await createCnn('small', { engine: 'wasm' })
    const { test } = await loadMnist({ data })
    expect((await cnn.evaluate(model, test)).accuracy).toBe(last.testAccuracy)
  })

  test('without a comparison says so with nulls', async () => {
    const { args } = await quickRun('--json', '--no-compare', '--rounds', '1')
    const last = jsonLines((await cli(args)).stdout).at(-1)!
    expect(last).toMatchObject({ plaintextModelHash: null, plaintextSeconds: null, identical: null })
  })

  test('repeats from its seed bit for bit, whatever the keys were', async () => {
    const { args } = await quickRun('--json', '--no-compare', '--rounds', '1')
    const hashOf = async (seed: string) => jsonLines((await cli([...args, '--seed', seed])).stdout).at(-1)!.modelHash
    const first = await hashOf('7')
    expect(await hashOf('7')).toBe(first)
    expect(await hashOf('8')).not.toBe(first)
  })
})

describe('secagg train --epsilon', () => {
  test('reports what each round has spent, never beyond the budget, and the baseline without noise', async () => {
    const { args } = await quickRun('--json', '--epsilon', '3', '--workers', '8', '--rounds', '3')
    const { stdout, exitCode } = await cli(args)
    expect(exitCode).toBe(0)
    const [first, second, third, last] = jsonLines(stdout) as Record<string, { epsilon: number; clip: number }>[]
    const spent = [first, second, third].map(round => round!.privacy!.epsilon)
    expect(spent).toEqual([...spent].sort((a, b) => a - b))
    expect(spent[2]).toBeGreaterThan(2.99)
    expect(spent[2]).toBeLessThanOrEqual(3)
    expect(first).toMatchObject({
      metrics: {},
      privacy: { delta: 1e-5, clip: 1 },
      encoding: { noise: { deviation: expect.any(Number) } },
    })
    expect(first!.encoding).not.toHaveProperty('clippedFraction')
    expect(second!.privacy!.clip).not.toBe(1)
    expect(last).toMatchObject({ epsilon: spent[2], delta: 1e-5, identical: null, rounds: 3, stopped: null })
    expect(last!.plaintextModelHash).not.toBe(last!.modelHash)
  })

  test('shows it to people: the noise, epsilon in place of the loss, and what it holds for', async () => {
    const { args } = await quickRun('--epsilon', '3', '--workers', '8', '--rounds', '1')
    const text = plain((await cli(args)).stdout)
    expect(text).toMatch(/privacy {3}epsilon 3 at delta 0.00001 over 1 round, for a worker's whole data/)
    expect(text).toMatch(/round {2}accuracy {3}epsilon/)
    expect(text).toMatch(/warning: the noise of the mean is [\d.e+]+ times as long as the longest\s+update/)
    expect(text).toMatch(/Spent: epsilon (2.99\d|3.000) at delta 0.00001, against the server/)
    expect(text).toContain('The same learning without noise, clipping and secrecy')
    expect(text).not.toContain('Identical bit for bit')
    expect(widthOf(text)).toBeLessThanOrEqual(80)
  })

  test('refuses a delta that promises nothing', async () => {
    const { args } = await quickRun('--epsilon', '3', '--delta', '1')
    expect(await cli(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('delta') })
  })
})

describe('a run with dropouts', () => {
  test.each(['semi-honest', 'semi-malicious', 'malicious-server'])(
    'is identical to the plaintext run that loses the same workers: %s',
    async threatModel => {
      const { args } = await quickRun('--json', '--workers', '7', '--dropout', '0.15', '--threat-model', threatModel)
      const { stdout, exitCode } = await cli([...args, '--rounds', '3', '--seed', '4'])
      const lines = jsonLines(stdout)
      expect(exitCode).toBe(0)
      expect(lines.slice(0, -1).flatMap(({ dropped }) => dropped)).not.toEqual([])
      expect(lines.at(-1)).toMatchObject({ identical: true })
    },
  )

  test('goes on with the model it has when a round is aborted', async () => {
    const { args } = await quickRun('--json', '--workers', '4', '--dropout', '0.12', '--rounds', '8')
    const { stdout, exitCode } = await cli(args)
    const rounds = jsonLines(stdout).slice(0, -1)
    const aborted = rounds.findIndex(({ aborted }) => aborted !== null)
    expect(aborted, 'the seed lets a round fail after one that did not').toBeGreaterThan(0)
    expect(rounds[aborted]).toMatchObject({ survivors: 0, encoding: null, aborted: { code: expect.any(String) } })
    expect(rounds[aborted]!.testAccuracy).toBe(rounds[aborted - 1]!.testAccuracy)
    const failed = rounds.filter(({ aborted }) => aborted !== null).length
    expect(jsonLines(stdout).at(-1)).toMatchObject({ identical: true, rounds: 8 - failed, abortedRounds: failed })
    expect(exitCode).toBe(0)
  })

  test('that never has enough workers learns nothing, saves nothing and fails', async () => {
    const { args, out } = await quickRun('--dropout', '1')
    const { stdout, exitCode } = await cli(args)
    expect(exitCode).toBe(1)
    expect(stdout).toContain('1/2  aborted after')
    expect(stdout).toContain('No round was finished: nothing was learned, nothing is saved.')
    expect(existsSync(out)).toBe(false)
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
  })

  test('a training that diverges is told with the reason that the network gave', async () => {
    const { args } = await quickRun('--learning-rate', '1e12', '--rounds', '1')
    const { stdout, exitCode } = await cli(args)
    expect(exitCode).toBe(1)
    expect(stdout.replace(/\s+/g, ' ')).toContain('the first to fail: The training diverged')
  })
})

describe('the report for people', () => {
  test('says what runs and why, a line per round, where the time went, and what came of it', async () => {
    const { args, out, data } = await quickRun()
    const { stdout, stderr, exitCode } = await cli(args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const text = stdout.replace(/\s+/g, ' ')
    for (const said of [
      'engine wasm, as asked',
      'network small, 20,522 parameters',
      'workers 3 in this process, 80 digits each (iid)',
      'FedAvg, 2 rounds of 1 epoch, batches of 40, learning rate 0.1',
      'semi-honest server; 2 of 2 shares open a secret',
      '24 bits per parameter, clipped to [-1, 1], summed modulo 2^26',
      'Identical bit for bit',
      'Saved ',
    ]) {
      expect(text).toContain(said)
    }
    expect(stdout).toMatch(/^ {4}start +\d+\.\d\d %$/m)
    expect(stdout).toMatch(/^ +2\/2 +\d+\.\d\d % +\d\.\d{4} +3 of 3 +[\d.]+ m?s +[\d.]+ kB +[\d.]+ kB$/m)
    expect(stdout.replace(/\s+/g, '')).toContain(`Testfilesof${data}`)
    expect(stdout.replace(/\s+/g, '')).toContain(`secaggevaluate${out}`)
  })

  test('is never wider than 80 columns, and plain when it does not go to a terminal', async () => {
    const { args } = await quickRun('--verbose', '--workers', '7', '--dropout', '0.15', '--rounds', '3', '--seed', '4')
    const { stdout } = await cli(args)
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
    expect(plain(stdout)).toBe(stdout)
    expect(stdout.match(/^ +time +share +up +down$/gm), 'a table per round, and one at the end').toHaveLength(4)
  })

  test('has colours and a status line on a terminal, and no wider', async () => {
    const { args } = await quickRun('--rounds', '1')
    const { stdout, stderr } = await cli(args, testIo({ terminal: true }))
    expect(plain(stdout)).not.toBe(stdout)
    expect(stderr).toContain('training, 2 of 3 workers done')
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
    expect(widthOf(stderr)).toBeLessThanOrEqual(80)
  })
})

describe('Ctrl-C', () => {
  /** Presses it once `said` has been printed. */
  function interruptAfter(said: string) {
    return testIo({ onOutput: (text, io) => text.includes(said) && io.interrupt() })
  }

  test('ends the round, keeps the last finished model and exits with 130', async () => {
    const { args, out } = await quickRun('--json', '--rounds', '50')
    const { stdout, stderr, exitCode } = await cli(args, interruptAfter('"round":2,'))
    expect(exitCode).toBe(130)
    expect(stderr).toContain('interrupted: ending this round; press Ctrl-C again')
    const last = jsonLines(stdout).at(-1)!
    expect(last).toMatchObject({ interrupted: true, rounds: 2, identical: null, modelFile: out })
    const { model, metadata } = decodeSafetensors(new Uint8Array(readFileSync(out)))
    expect(modelHash(model)).toBe(last.modelHash)
    expect(metadata.rounds).toBe('2')
  })

  test('before any round has finished leaves nothing behind, and says so', async () => {
    const { args, out } = await quickRun('--rounds', '50')
    const { stdout, exitCode } = await cli(args, interruptAfter('start'))
    expect(exitCode).toBe(130)
    expect(stdout).toContain('Interrupted. No round was finished: nothing is saved.')
    expect(existsSync(out)).toBe(false)
  })

  test('after the last round spares the comparison, and keeps the model', async () => {
    const { args, out } = await quickRun('--json')
    const { stdout, exitCode } = await cli(args, interruptAfter('"round":2,'))
    expect(exitCode).toBe(130)
    expect(jsonLines(stdout).at(-1)).toMatchObject({ interrupted: true, rounds: 2, identical: null, modelFile: out })
  })

  test('nobody listens for it once the command is done', async () => {
    const io = testIo()
    await cli((await quickRun('--rounds', '1', '--no-compare')).args, io)
    expect(io.listeners.size).toBe(0)
  })
})

describe('what cannot be done is said in one line before any training', () => {
  test.each([
    [['--threshold', '3'], 2, 'a threshold of 3 shares cannot be met by 2 neighbours', '--threshold'],
    [['--workers', '250'], 2, '250 workers cannot share 240 examples', '--workers'],
    [['--out', '/no/such/folder/m'], 1, '/no/such/folder/m cannot be written (no such file or folder', '--out'],
    [['--out', '/'], 1, '/ is a folder', '--out'],
    [['--data', '/no/such/folder'], 1, 'the MNIST folder /no/such/folder cannot be opened', '--data sample'],
    [['--engine', 'tfjs-node'], 1, '@tensorflow/tfjs-node', '--engine wasm'],
  ])('%j', async (options, expectedExitCode, message, hint) => {
    if (options[1] === 'tfjs-node' && (await hasTfjsNode())) return
    const { args } = await quickRun(...options)
    const { stdout, stderr, exitCode } = await cli(args)
    expect(exitCode).toBe(expectedExitCode)
    expect(stdout).toBe('')
    const [line, hintLine, ...rest] = stderr.trimEnd().split('\n')
    expect(line).toMatch(/^secagg: /)
    expect(line).toContain(message)
    expect(hintLine).toMatch(/^ {2}hint: /)
    expect(hintLine).toContain(hint)
    expect(rest).toEqual([])
  })

  async function hasTfjsNode(): Promise<boolean> {
    return createCnn('small', { engine: 'tfjs-node' }).then(
      () => true,
      () => false,
    )
  }
})
