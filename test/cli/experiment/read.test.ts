import { describe, expect, test } from 'vitest'
import { isMeant } from '../../../src/cli/experiment/grid.ts'
import { parseExperiment, readExperiment } from '../../../src/cli/experiment/read.ts'
import { DEFAULTS, effective } from '../../../src/cli/experiment/settings.ts'
import { ExperimentFileError } from '../../../src/cli/experiment/source.ts'

const cellsOf = (text: string) => parseExperiment('x.yaml', text).cells
const namesOf = (text: string) => cellsOf(text).map(({ name }) => name)

function problemsOf(text: string): readonly string[] {
  try {
    parseExperiment('x.yaml', text)
  } catch (error) {
    if (error instanceof ExperimentFileError) return error.problems
    throw error
  }
  return []
}

describe('an experiment file', () => {
  test('may say nothing but one setting: everything else has a default', () => {
    expect(parseExperiment('x.yaml', 'rounds: 3')).toEqual({
      path: 'x.yaml',
      data: 'auto',
      cells: [{ name: 'all', settings: effective({ ...DEFAULTS, rounds: 3 }) }],
    })
  })

  test('may be JSON', () => {
    expect(namesOf('{"data": "sample", "epochs": [1, 5]}')).toEqual(['epochs=1', 'epochs=5'])
  })

  test('is the product of its lists, and names each cell by what varies', () => {
    expect(namesOf('partition: [iid, "shards:2"]\nclients: 100\nepochs: [1, 5]\nseed: [7]')).toEqual([
      'partition=iid epochs=1',
      'partition=iid epochs=5',
      'partition=shards:2 epochs=1',
      'partition=shards:2 epochs=5',
    ])
  })

  test('lists within a strategy or a schedule count too, but for the rounds of a step', () => {
    const text = `
strategy:
  - fedavg
  - { name: fedprox, mu: [0.01, 1] }
learningRate: { schedule: step, initial: 0.1, factor: 0.5, at: [10, 20] }`
    expect(namesOf(text)).toEqual(['strategy=fedavg', 'strategy=fedprox(mu=0.01)', 'strategy=fedprox(mu=1)'])
    expect(cellsOf(text)[0]!.settings.learningRate).toEqual({
      schedule: 'step',
      initial: 0.1,
      factor: 0.5,
      at: [10, 20],
    })
  })

  test('has cases that override what stands above them', () => {
    const text = `
epochs: 1
cases:
  - { name: iid, epochs: [1, 5] }
  - { name: shards, partition: shards:2, learningRate: 0.05 }`
    const cells = cellsOf(text)
    expect(cells.map(({ name }) => name)).toEqual(['iid epochs=1', 'iid epochs=5', 'shards'])
    expect(cells[2]!.settings).toMatchObject({ epochs: 1, partition: 'shards:2', learningRate: 0.05 })
    expect(cells.filter(cell => isMeant(cell, 'iid')).length).toBe(2)
    expect(cells.filter(cell => isMeant(cell, 'epochs=5 iid')).length).toBe(1)
  })

  test('names cases without a name by what varies in the whole file', () => {
    expect(namesOf('cases:\n  - epochs: 1\n  - epochs: 2\n    bits: 16')).toEqual([
      'epochs=1 bits=24',
      'epochs=2 bits=16',
    ])
  })

  test('runs FedSGD once, whatever epochs and batches the grid has', () => {
    const names = namesOf('strategy: [fedavg, fedsgd]\nepochs: [1, 5]')
    expect(names).toEqual([
      'epochs=1 batchSize=10 strategy=fedavg',
      'epochs=1 batchSize=all strategy=fedsgd',
      'epochs=5 batchSize=10 strategy=fedavg',
    ])
  })

  test('keeps delta and clip to the cells with a budget', () => {
    const [free, bound] = cellsOf('epsilon: [none, 8]').map(({ settings }) => settings)
    expect(free).not.toHaveProperty('delta')
    expect(bound).toMatchObject({ epsilon: 8, delta: 1e-5, clip: 1 })
  })

  test('may use anchors', () => {
    expect(namesOf('epochs: &both [1, 2]\nseed: *both')).toHaveLength(4)
  })
})

describe('what is wrong in an experiment file is said with its line and column', () => {
  test.each([
    ['epochs: five', '1:9: epochs: expected a whole number of at least 1, found "five"'],
    ['rounds: 3\nepochs: [1, 0]', '2:13: epochs: expected a whole number of at least 1, found 0'],
    ['bits: 33', '1:7: bits: expected a whole number from 2 to 32, found 33'],
    ['seed: -1', '1:7: seed: expected a whole number of at least 0, found -1'],
    ['fraction: 0', '1:11: fraction: expected a number above 0, up to 1, such as 0.1, found 0'],
    ['target: 99', '1:9: target: expected a number above 0, up to 1, such as 0.1, found 99'],
    ['dropout: .nan', '1:10: dropout: expected a number from 0 to 1, such as 0.05, found NaN'],
    ['secure: yes', '1:9: secure: expected true or false, found "yes"'],
    ['batchSize: some', '1:12: batchSize: expected a whole number of at least 1, or all, found "some"'],
    ['network: big', '1:10: network: expected one of small, pysyft, mcmahan, found "big"'],
    [
      'partition: shards',
      '1:12: partition: expected iid, shards:n or dirichlet:alpha, such as shards:2, found "shards"',
    ],
    ['partition: dirichlet:0', '1:12: partition: expected iid, shards:n or dirichlet:alpha, such as shards:2, found'],
    ['learningRate: fast', '1:15: learningRate: expected a number above 0, or a schedule such as'],
    ['learningRate: { schedule: cosine, final: 1, rounds: 9 }', '1:15: learningRate: initial is missing'],
    ['learningRate: { schedule: sudden }', '1:27: learningRate.schedule: expected one of exponential, step, cosine'],
    ['strategy: sgd', '1:11: strategy: expected one of fedavg, fedsgd, fedprox, fedavgm, fedadam,'],
    ['strategy: 3', '1:11: strategy: expected one of fedavg,'],
    ['strategy: fedprox', '1:11: strategy: mu is missing'],
    ['strategy: { mu: 1 }', '1:11: strategy: name is missing: expected one of fedavg,'],
    ['strategy:\n  name: fedprox\n  mu: -1', '3:7: strategy.mu: expected a number of at least 0, found -1'],
    ['strategy:\n  name: fedavg\n  mu: 1', '3:3: strategy: there is no "mu" here'],
    ['epsilon: 0', '1:10: epsilon: expected a number above 0, such as 0.1, found 0'],
    ['epochs:', '1:8: epochs: expected a whole number of at least 1, found nothing'],
    ['epochs: []', '1:9: expected a list of at least one value'],
    ['epochs: [1, [2]]', '1:13: expected a value, found a list within a list'],
    ['epochs: [1, 2, 1]', '1:16: 1 is in the list twice'],
    ['batch-size: 3', '1:1: there is no setting "batch-size"; did you mean batchSize?'],
    ['wheels: 4', '1:1: there is no setting "wheels"; expected one of secure, network, partition,'],
    ['data: 3', '1:7: data: expected text, found 3'],
    ['- 1', '1:1: expected settings by name, such as epochs: 5'],
    ['', '1:1: expected settings by name, such as epochs: 5'],
    ['cases: 3', '1:8: expected a list of cases, each with settings of its own'],
    ['cases: [3]', '1:9: expected settings by name, such as epochs: 5'],
    ['cases: [{ name: a b }]', '1:17: name: expected one word of letters, digits or _.:+-, found "a b"'],
    ['cases: [{ name: a }, { name: a, bits: 8 }]', '1:22: two cells are named "a"'],
    ['cases:\n  - rounds: 2\n    data: full', '3:5: there is no setting "data"'],
    ['a: 1\na: 2', '2:1: Map keys must be unique'],
    ['epochs: [1,', ': Flow sequence in block collection'],
    ['epochs: !!what 3', '1:9: Unresolved tag'],
    ['? [1]\n: 2', '1:3: expected a name and a value'],
    ['clients: 20\nfraction: 0.1', '2:11: a fraction of 0.1 of 20 clients is a cohort of 2: expected at least 3'],
    ['clients: 2', '1:10: a fraction of 1 of 2 clients is a cohort of 2: expected at least 3'],
    ['clients: 300', '1:10: a fraction of 1 of 300 clients is a cohort of 300: expected at most 256, or secure: false'],
  ])('%j', (text, problem) => {
    const problems = problemsOf(text)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^x\.yaml:\d+:\d+: /)
    expect(problems[0]).toContain(problem)
  })

  test('all of it at once, in the order of the file', () => {
    const text = 'epochs: 0\nbits: 99\ncases:\n  - seed: x\n'
    expect(problemsOf(text).map(problem => problem.split(':').slice(1, 3).join())).toEqual(['1,9', '2,7', '4,11'])
  })

  test('a grid that nobody can wait for is refused before it is laid out', () => {
    const many = `[${Array.from({ length: 101 }, (_, i) => i + 1).join()}]`
    expect(problemsOf(`epochs: ${many}\nseed: ${many}`)).toEqual([
      'x.yaml:1:1: this grid has 10201 cells; at most 10000 are run',
    ])
    const rates = many.replaceAll(',', '.5,')
    const inside = `strategy: { name: fedadam, serverLearningRate: ${rates}, tau: ${rates} }`
    expect(problemsOf(inside)[0]).toContain('these lists come to more than 10000 combinations')
  })

  test('a cohort outside of the secure range is fine in clear', () => {
    expect(problemsOf('clients: 300\nsecure: false')).toEqual([])
    expect(problemsOf('clients: 2\nsecure: false')).toEqual([])
  })

  test('a file that is not there', async () => {
    await expect(readExperiment('/nowhere/x.yaml')).rejects.toThrow('/nowhere/x.yaml cannot be read (no such file)')
  })
})

describe('the experiments of this repository', () => {
  test.each([
    ['quick', 4],
    ['secure-vs-plaintext', 8],
    ['mcmahan-table2', 4],
  ])('%s is valid, with %i cells', async (name, cells) => {
    expect((await readExperiment(`experiments/${name}.yaml`)).cells).toHaveLength(cells)
  })
})
