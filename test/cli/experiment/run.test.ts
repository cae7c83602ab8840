import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli, fewDigits, jsonLines, temporaryFolder, testIo, widthOf } from '../support.ts'

/** A folder with a few digits, and an experiment of a few short rounds on them. */
async function laboratory(settings: string) {
  const folder = temporaryFolder()
  const file = join(folder, 'x.yaml')
  const common = 'clients: 8\nfraction: 0.5\nbatchSize: 15\n'
  writeFileSync(file, `data: ${await fewDigits(folder)}\n${common}${settings}\n`)
  const run = (options: readonly string[] = [], io = testIo()) =>
    cli(['experiment', file, '--engine', 'wasm', ...options], io)
  const results = (name = 'x.results.jsonl') => withoutSeconds(join(folder, name))
  return { folder, file, run, results, path: (name: string) => join(folder, name) }
}

/** What was written, but for how long it took. */
function withoutSeconds(path: string): string {
  return readFileSync(path, 'utf8').replace(/"seconds":[\d.e-]+/g, '"seconds":0')
}

const interruptAt = (said: string) => testIo({ onOutput: (text, io) => text.includes(said) && io.interrupt() })

/** While that round is under way. */
function interruptWithin(round: string) {
  const io = testIo({ terminal: true })
  const write = (text: string) => {
    if (text.includes(`${round}  client-`)) io.interrupt()
  }
  return { ...io, stderr: { ...io.stderr, write } }
}

const MEMORY = `
rounds: 3
dropout: 0.1
partition: shards:2
strategy: { name: fedadam, serverLearningRate: 0.02 }
secure: [true, false]`

describe('secagg experiment', () => {
  test('writes a line for each round, and the settings of a cell once', async () => {
    const { run, results, folder } = await laboratory('rounds: 2\nepochs: [1, 2]')
    const { stdout, stderr, exitCode } = await run()
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    const lines = jsonLines(results())
    expect(lines.map(({ cell, round }) => [cell, round])).toEqual([
      ['epochs=1', 1],
      ['epochs=1', 2],
      ['epochs=2', 1],
      ['epochs=2', 2],
    ])
    expect(lines[2]).toMatchObject({
      settings: { epochs: 2, clients: 8, learningRate: 0.1, secure: true },
      conditions: { trainingDigits: 240, testDigits: 100, engine: 'wasm' },
      cohort: 4,
      survivors: 4,
      modelHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(lines[3]).not.toHaveProperty('settings')
    expect(results()).not.toContain(folder)
    expect(stdout).toContain('[2/2] epochs=2')
    expect(stdout).toMatch(/epochs=2 +2 +- +\d+\.00 % +\d+\.00 % +\d+\.\d s +[0-9a-f]{8}\n$/)
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
    expect(existsSync(join(folder, 'x.results.state'))).toBe(false)
  })

  test('every strategy runs, each to a model of its own, and those that say the same to the same', async () => {
    const { run, results } = await laboratory(`
rounds: 1
strategy:
  - fedavg
  - { name: fedavg, serverLearningRate: 0.5 }
  - { name: fedprox, mu: 0 }
  - { name: fedprox, mu: 1 }
  - fedsgd
  - fedavgm
  - { name: fedadam, serverLearningRate: 0.01 }
  - { name: fedyogi, serverLearningRate: { schedule: cosine, initial: 0.05, final: 0.01, rounds: 5 } }
  - { name: fedadagrad, serverLearningRate: 0.01, tau: 0.01 }`)
    expect((await run()).exitCode).toBe(0)
    const hashes = jsonLines(results()).map(({ modelHash }) => modelHash)
    expect(hashes).toHaveLength(9)
    // Without a proximal term, and before there is momentum, these are FedAvg.
    expect([hashes[2], hashes[5]]).toEqual([hashes[0], hashes[0]])
    expect(new Set(hashes).size).toBe(7)
  })

  test('a schedule governs the rounds', async () => {
    const step = '{ schedule: step, initial: 0.1, factor: 0.1, at: [1] }'
    const { run, results } = await laboratory(`rounds: 2\nlearningRate: [0.1, ${step}]`)
    await run()
    const hashes = jsonLines(results()).map(({ modelHash }) => modelHash)
    expect(hashes[2]).toBe(hashes[0])
    expect(hashes[3]).not.toBe(hashes[1])
  })

  test('masked and in clear come to the same model after every round, and that is said', async () => {
    const { run, results } = await laboratory(`rounds: 2\nsecure: [true, false]\nthreatModel: [malicious-server]`)
    const { stdout, exitCode } = await run()
    const [a, b, c, d] = jsonLines(results()).map(({ modelHash }) => modelHash)
    expect([a, b]).toEqual([c, d])
    expect(stdout).toContain('secure=true and secure=false: identical bit for bit')
    expect(exitCode).toBe(0)
  })

  test('stops at its target, and goes to the last round without one', async () => {
    const { run, results } = await laboratory('rounds: 2\ntarget: [0.01, none]')
    const last = jsonLines((await run(['--json'])).stdout).at(-1)!
    expect(last.cells).toMatchObject([
      { cell: 'target=0.01', rounds: 1, roundsToTarget: 1 },
      { cell: 'target=none', rounds: 2, roundsToTarget: null },
    ])
    expect(jsonLines(results())).toHaveLength(3)
  })

  test('a round that is aborted has its line, and leaves the model as it was', async () => {
    const { run, results } = await laboratory('rounds: 1\ndropout: 1')
    const { exitCode, stdout } = await run()
    expect(jsonLines(results())[0]).toMatchObject({ survivors: 0, aborted: expect.stringMatching(/^too-few/) })
    expect(stdout).toContain('too-few')
    expect(exitCode).toBe(1)
  })

  test('with --cells it lists and runs nothing', async () => {
    const { run, path } = await laboratory('epochs: [1, 2, 3]')
    expect((await run(['--cells'])).stdout).toBe('epochs=1\nepochs=2\nepochs=3\n')
    expect((await run(['--cells', '1'])).stdout).toBe('epochs=1\n')
    expect(jsonLines((await run(['--cells', '--only', 'epochs=3', '--json'])).stdout)).toMatchObject([
      { cell: 'epochs=3', settings: { epochs: 3 } },
    ])
    expect(existsSync(path('x.results.jsonl'))).toBe(false)
  })

  test('with --only it runs a part, and the rest another time', async () => {
    const { run, results } = await laboratory('rounds: 1\nbits: [16, 24]')
    await run(['--only', 'bits=24'])
    expect(jsonLines(results()).map(({ cell }) => cell)).toEqual(['bits=24'])
    expect((await run()).stdout).toContain('2 cells, 1 of them finished before.')
    expect(jsonLines(results()).map(({ cell }) => cell)).toEqual(['bits=24', 'bits=16'])
    expect(await run(['--only', 'bits=8'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--cells') })
  })

  test('says all that is wrong in a file', async () => {
    const { run, file } = await laboratory('epochs: 0\nbits: 1')
    const { stderr, exitCode } = await run()
    expect(stderr).toContain(`${file}:5:9: epochs: expected`)
    expect(stderr).toContain(`${file}:6:7: bits: expected`)
    expect(stderr).toContain(`secagg: 2 problems in ${file}`)
    expect(exitCode).toBe(2)
  })

  test('finds out before anything runs that the last cell cannot', async () => {
    const { run, path } = await laboratory('rounds: 1\npartition: [iid, "shards:200"]')
    const { stderr, exitCode } = await run()
    expect(stderr).toContain('cell "partition=shards:200": ')
    expect(exitCode).toBe(2)
    expect(existsSync(path('x.results.jsonl'))).toBe(false)
  })
})

describe('an experiment that was stopped goes on', () => {
  test('wherever that was, to the same results, bit for bit', async () => {
    const { run, results, path } = await laboratory(MEMORY)
    await run()
    // Of six lines: within the first cell, between the cells, within the second.
    for (const stop of [2, 3, 5]) {
      const [out, state] = [`parts-${stop}.jsonl`, path(`parts-${stop}.state`)]
      let lines = 0
      const io = testIo({ onOutput: (_, self) => ++lines === stop && self.interrupt() })
      const stopped = await run(['--json', '--out', path(out)], io)
      expect(stopped).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('interrupted') })
      expect(jsonLines(results(out))).toHaveLength(stop)
      expect(existsSync(state)).toBe(stop !== 3)
      // What a kill in the midst of writing leaves.
      if (stop !== 3) writeFileSync(path(out), readFileSync(path(out), 'utf8').slice(0, -20))
      expect(await run(['--out', path(out)])).toMatchObject({ exitCode: 0, stderr: '' })
      expect(results(out)).toBe(results())
      expect(existsSync(state)).toBe(false)
    }
  })

  test('and does nothing when everything is done', async () => {
    const { run, results } = await laboratory('rounds: 1')
    await run()
    const before = results()
    const { stdout } = await run()
    expect(stdout).toContain('1 cell, 1 of them finished before.')
    expect(results()).toBe(before)
  })

  test('but not over the results of other settings, or of something else', async () => {
    const { run, file, path } = await laboratory('rounds: 1\nseed: 1')
    await run()
    writeFileSync(file, readFileSync(file, 'utf8').replace('seed: 1', 'seed: 2'))
    expect(await run()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('holds results of cell "all" with seed 1, not 2'),
    })
    writeFileSync(file, readFileSync(file, 'utf8').replace('seed: 2', 'seed: [1, 2]'))
    expect((await run()).stderr).toContain('holds results of a cell "all", which the experiment does not have')
    writeFileSync(path('x.results.jsonl'), 'some notes\n')
    expect((await run()).stderr).toContain("x.results.jsonl:1: this is not a line of an experiment's results")
  })

  test('but not without its state, from a damaged one, or with other digits', async () => {
    const { run, file, path, folder } = await laboratory('rounds: 3')
    await run([], interruptAt('round 1/3'))
    expect((await run(['--data', 'sample'])).stderr).toContain('had begun with other digits or another engine')
    const [state] = readState(folder)
    const bytes = readFileSync(state!)
    bytes[40]! ^= 1
    writeFileSync(state!, bytes)
    expect((await run()).stderr).toContain('is damaged')
    const { stderr, exitCode } = await run(['--out', path('copy.jsonl')], interruptAt('round 1/3'))
    expect({ exitCode, file, stderr }).toMatchObject({ exitCode: 130 })
    writeFileSync(path('other.jsonl'), readFileSync(path('copy.jsonl')))
    expect(await run(['--out', path('other.jsonl')])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('holds 1 rounds of cell "all", and its state 0'),
    })
  })

  test('and has spent what it spent of a privacy budget', async () => {
    const { run, results } = await laboratory('rounds: 3\nepsilon: 4\nclip: 0.5')
    await run([], interruptWithin('round 3/3'))
    const { stdout } = await run()
    const spent = jsonLines(results()).map(({ epsilon }) => epsilon as number)
    // The round that was interrupted counts: its sum may have been known. So one round less fits.
    expect(spent).toHaveLength(2)
    expect(spent[1]).toBeGreaterThan(spent[0]!)
    expect(stdout).toContain('beyond the budget of 4')
  })
})

function readState(folder: string): string[] {
  return readdirSync(join(folder, 'x.results.state')).map(name => join(folder, 'x.results.state', name))
}
