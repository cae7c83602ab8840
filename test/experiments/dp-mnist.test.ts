import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fedAvg, iid } from 'secagg/federated'
import { noiseMultiplierFor, PrivacyAccountant } from 'secagg/secagg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { finishCell, openCell, roundOptions } from '../../experiments/dp-mnist/cell.ts'
import { ledgerFor } from '../../experiments/dp-mnist/ledger.ts'
import { EPSILONS } from '../../experiments/dp-mnist/mnist.ts'
import { cnnLearner, initialModel, lossAndGradient } from '../../experiments/dp-mnist/network.ts'
import { type Cell, cellsOf, cohortOf, nameOf, roundsOf, type Setting } from '../../experiments/dp-mnist/setting.ts'
import { linesIn, type RoundLine } from '../../experiments/dp-mnist/state.ts'
import { renderTable } from '../../experiments/dp-mnist/table.ts'
import { federate, runSecureFederatedRound, VirtualWorker } from '../../src/federated/index.ts'
import { sensitivityOf } from '../../src/secagg/encoding/index.ts'
import { lineLearner, lineModel, type Points, pointsOnLine } from '../federated/linear-learner.ts'

const DISTRIBUTED: Cell = { mechanism: 'distributed', epsilon: 4, repetition: 0 }
const CENTRAL: Cell = { mechanism: 'central', epsilon: 4, repetition: 0 }
const NONE: Cell = { mechanism: 'none', repetition: 0 }

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dp-mnist-'))
  path = join(folder, 'cell.safetensors')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Twelve workers with four points of a line each, three groups, two rounds for each. */
function lineSetting(changes: Partial<Setting> = {}): Setting {
  const workers = Array.from({ length: 12 }, (_, i) => new VirtualWorker<Points>(`w${i}`, { learner: lineLearner }))
  federate(pointsOnLine(48, 0.5, 0.25), { workers, partition: iid({ seed: 1 }) })
  return {
    workers,
    initial: lineModel,
    strategy: fedAvg({ epochs: 1, batchSize: 2, learningRate: 0.1 }),
    groups: 3,
    participations: 2,
    delta: 1e-5,
    clip: 0.5,
    bits: 16,
    weightBound: 4,
    seed: 7,
    accuracy: ({ parameters }) => 1 - Math.abs(parameters[0]! - 0.5),
    ...changes,
  }
}

async function run(cell: Cell, setting: Setting, at = path): Promise<readonly RoundLine[]> {
  await finishCell(cell, setting, at, () => {})
  return linesIn(at)
}

describe('the schedule', () => {
  it('has every worker in exactly the stated number of rounds', () => {
    const setting = lineSetting({ participations: 5 })
    const rounds = Array.from({ length: roundsOf(setting) }, (_, round) => cohortOf(setting, round))
    for (const worker of setting.workers) {
      expect(rounds.filter(cohort => cohort.includes(worker))).toHaveLength(5)
    }
    expect(rounds.every(cohort => cohort.length === 4)).toBe(true)
  })

  it('refuses workers that do not make equal groups', () => {
    expect(() => cohortOf(lineSetting({ groups: 5 }), 0)).toThrow('12 workers cannot make 5 equal groups')
  })

  it('has one run without noise, and one for each mechanism, budget and repetition', () => {
    const names = cellsOf([2, 4], 2).map(nameOf)
    expect(new Set(names).size).toBe(1 + 2 * 2 * 2)
    expect(names).toContain('distributed-4-1')
  })
})

describe('a cell', () => {
  it('goes on where it was interrupted, and without noise ends as if it never had been', async () => {
    const setting = lineSetting()
    const through = await run(NONE, setting, join(folder, 'through.safetensors'))
    const first = openCell(NONE, setting, path)
    for (let i = 0; i < 4; i++) await first.next()
    const resumed = openCell(NONE, setting, path)
    expect(resumed.lines).toEqual(first.lines)
    expect(await run(NONE, setting)).toHaveLength(6)
    expect(linesIn(path).map(line => line.accuracy)).toEqual(through.map(line => line.accuracy))
    expect(through[5]!.accuracy).toBeGreaterThan(through[0]!.accuracy)
  })

  it.each([DISTRIBUTED, CENTRAL])(
    'under $mechanism noise remembers what was spent before it was interrupted',
    async cell => {
      const setting = lineSetting()
      const through = await run(cell, setting, join(folder, 'through.safetensors'))
      const first = openCell(cell, setting, path)
      for (let i = 0; i < 4; i++) await first.next()
      const resumed = await run(cell, setting)
      expect(resumed.slice(0, 4)).toEqual(first.lines)
      expect(resumed.map(line => line.epsilon)).toEqual(through.map(line => line.epsilon))
      // Noise is fresh: two runs do not agree.
      expect(resumed[5]!.accuracy).not.toBe(through[5]!.accuracy)
    },
  )

  it.each([DISTRIBUTED, CENTRAL])('under $mechanism noise refuses a round beyond the budget', async cell => {
    const setting = lineSetting()
    await run(cell, setting)
    await expect(openCell(cell, setting, path).next()).rejects.toMatchObject({ code: 'privacy-budget' })
    expect(linesIn(path)).toHaveLength(6)
  })

  it('does not go on from a run with another setting', async () => {
    await run(NONE, lineSetting())
    expect(() => openCell(NONE, lineSetting({ clip: 0.25 }), path)).toThrow('another setting')
  })

  it('stops where a worker fails, rather than report a smaller cohort', async () => {
    const setting = lineSetting()
    const workers = [{ id: 'broken', train: () => Promise.reject(new Error('disk')) }, ...setting.workers.slice(1)]
    await expect(openCell(NONE, { ...setting, workers }, path).next()).rejects.toThrow('1 workers failed')
  })
})

describe('epsilon in the results', () => {
  it('is what the accountant says of the rounds that a client is in, and keeps to the budget', async () => {
    const setting = lineSetting()
    const lines = await run(DISTRIBUTED, setting)
    const clip = { kind: 'l2', bound: setting.clip } as const
    const { l2, dimension } = sensitivityOf({ kind: 'sum', clients: 4, dimension: 2, bits: 16, clip, metrics: [] })
    const { noise } = roundEncoding(setting)
    const accountant = new PrivacyAccountant({
      mechanism: {
        kind: 'discrete-gaussian',
        perClientVariance: noise.perClientVariance,
        l2Sensitivity: l2,
        dimension,
      },
      delta: setting.delta,
      minimumSurvivors: 4,
      assumedCorrupted: 0,
    })
    for (const participation of [0, 1]) {
      accountant.record({ cohort: 4, survivors: 4 })
      for (const group of [0, 1, 2]) {
        expect(lines[3 * participation + group]!.epsilon).toBe(accountant.spent().epsilon)
      }
    }
    expect(lines[5]!.epsilon).toBeLessThanOrEqual(4)
    expect(lines[5]!.epsilon).toBeGreaterThan(3.98)
  })

  it('is the same for a trusted server, whose noise the same accountant calibrates', async () => {
    const lines = await run(CENTRAL, lineSetting())
    const ignored = { l2Sensitivity: 1, dimension: 1, minimumSurvivors: 1, assumedCorrupted: 0 }
    const target = { kind: 'gaussian', epsilon: 4, delta: 1e-5, rounds: 2, ...ignored } as const
    expect(lines[5]!.noiseMultiplier).toBe(noiseMultiplierFor(target))
    expect(lines[5]!.epsilon).toBeGreaterThan(3.98)
    expect(lines[5]!.epsilon).toBeLessThanOrEqual(4)
  })

  function roundEncoding(setting: Setting): { noise: { perClientVariance: number } } {
    const { privacy } = ledgerFor(DISTRIBUTED, setting).open(0)
    const clip = { kind: 'l2', bound: setting.clip } as const
    const encoding = { kind: 'sum', clients: 4, dimension: 2, bits: 16, clip, metrics: [] } as const
    return { noise: privacy!.noiseFor(encoding) }
  }
})

describe('the noise', () => {
  it('moves the mean by the same deviation, whoever adds it', async () => {
    // Nobody trains: the released update is noise alone. Sixty rounds of two parameters, deviation z * clip / 4.
    const setting = lineSetting({ strategy: fedAvg({ epochs: 1, batchSize: 'all', learningRate: 1e-12 }) })
    for (const cell of [DISTRIBUTED, CENTRAL]) {
      let squares = 0
      let expected = 0
      for (let i = 0; i < 60; i++) {
        const at = join(folder, `${cell.mechanism}-${i}.safetensors`)
        const line = await openCell(cell, { ...setting, accuracy: squaredNorm }, at).next()
        squares += line.accuracy / 120
        expected = (line.noiseMultiplier! * setting.clip) / 4
      }
      // A chi-square variable of 120 degrees of freedom over their number: outside less than once in 100,000 times.
      expect(squares / expected ** 2).toBeGreaterThan(0.5)
      expect(squares / expected ** 2).toBeLessThan(1.75)
    }
  })

  function squaredNorm({ parameters }: { parameters: Float32Array }): number {
    return parameters.reduce((sum, value) => sum + value ** 2, 0)
  }
})

describe('the secure round', () => {
  it('takes the same options, and spends the same', async () => {
    const setting = lineSetting()
    const ledger = ledgerFor(DISTRIBUTED, setting)
    const { survivors, encoding } = await runSecureFederatedRound(roundOptions(DISTRIBUTED, setting, ledger, 0))
    const plain = await openCell(DISTRIBUTED, setting, path).next()
    expect(survivors).toHaveLength(4)
    expect(encoding.noise!.deviation).toBeCloseTo((plain.noiseMultiplier! * setting.clip) / 4, 3)
    expect(ledger.spent(0)!.epsilon).toBe(plain.epsilon)
  })
})

describe('the network', () => {
  const images = Uint8Array.from({ length: 2 * 784 }, (_, i) => (i % 5 === 0 ? (i * 37) % 256 : 0))
  const digits = { images, labels: Uint8Array.of(3, 8), length: 2 }

  it('has the gradient of its loss', () => {
    const model = initialModel(3)
    const { gradient } = lossAndGradient(model, digits)
    const step = 2 ** -9
    for (let i = 0; i < model.parameters.length; i += 61) {
      const [up, down] = [step, -step].map(by => {
        const parameters = model.parameters.slice()
        parameters[i]! += by
        return { at: parameters[i]!, loss: lossAndGradient({ ...model, parameters }, digits).loss }
      })
      expect((up!.loss - down!.loss) / (up!.at - down!.at)).toBeCloseTo(gradient[i]!, 5)
    }
  })

  it('learns what it is shown', async () => {
    const model = initialModel(3)
    const settings = { epochs: 20, batchSize: 1, learningRate: 0.05, seed: 1 }
    const { parameters, examples } = await cnnLearner.train(model, digits, settings)
    expect(examples).toBe(2)
    expect(lossAndGradient({ ...model, parameters }, digits).loss).toBeLessThan(0.1)
  })
})

describe('the table', () => {
  const subject = {
    ...{ testName: 'points', testDigits: 48, clients: 12, digitsEach: 4, cohort: 4, groups: 3, participations: 2 },
    ...{ parameters: 2, delta: 1e-5, clip: 0.5, bits: 16, jobs: 1 },
  }

  it('has the accuracy of the last round, the mean over repetitions, and the difference between the mechanisms', () => {
    const cells = cellsOf([4], 2)
    const lines = cells.flatMap(cell =>
      [0.25, 0.5 + cell.repetition / 4].map((accuracy, i) => lineOf(cell, 4 + i, accuracy)),
    )
    const table = renderTable(lines, cells, subject)
    expect(table).toContain('| 4 | 3.990 | 2.50 | 50.00 % | 62.50 % (50.00, 75.00) | 62.50 % (50.00, 75.00) | +0.00 |')
  })

  it('that is committed is what its results say, with the mechanisms within a point of each other', () => {
    const read = (name: string) => readFileSync(new URL(`../../experiments/results/${name}`, import.meta.url), 'utf8')
    const [header, ...lines] = read('dp-mnist.jsonl')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(renderTable(lines, cellsOf(EPSILONS, 1), header)).toBe(read('dp-mnist.md'))
    for (const budget of EPSILONS) {
      const final = (mechanism: string) =>
        lines.find(line => line.mechanism === mechanism && line.budget === budget && line.round === 29)
      expect(Math.abs(final('distributed').accuracy - final('central').accuracy)).toBeLessThan(0.01)
      expect(final('distributed').epsilon).toBeLessThanOrEqual(budget)
      expect(final('central').epsilon).toBeLessThanOrEqual(budget)
    }
  })

  it('is not made of runs that did not end', () => {
    const cells = cellsOf([4], 1)
    const lines = cells.map(cell => lineOf(cell, cell.mechanism === 'central' ? 4 : 5, 0.5))
    expect(() => renderTable(lines, cells, subject)).toThrow('has not run to its end')
  })

  function lineOf(cell: Cell, round: number, accuracy: number): RoundLine {
    const { mechanism, epsilon, repetition } = cell
    const finished = '2026-01-01T00:00:00.000Z'
    const place = { cell: nameOf(cell), mechanism, repetition, round, group: 0, accuracy }
    const cost = { seconds: 1, cpuSeconds: 1, finished }
    if (epsilon === undefined) return { ...place, ...cost }
    return { ...place, ...cost, budget: epsilon, epsilon: 3.99, delta: 1e-5, noiseMultiplier: 2.5 }
  }
})
