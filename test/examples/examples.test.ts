import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const names = readdirSync(`${root}examples`).map(file => file.replace(/\.ts$/, ''))

/** Inside the package, so that `secagg` is the package itself; on the built files, as for a user. */
const folder = `${root}build/test-examples-${process.pid}/`

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }
  for (const name of names) {
    const { outputText } = ts.transpileModule(readFileSync(`${root}examples/${name}.ts`, 'utf8'), { compilerOptions })
    writeFileSync(`${folder}${name}.mjs`, outputText)
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What an example prints, line by line. */
async function linesOf(name: string, ...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [`${folder}${name}.mjs`, ...args], { env: { ...process.env, MNIST_DIR: '' } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  const exitCode = await new Promise(resolve => child.on('close', resolve))
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}

/** The percentage in each line that has one. */
function percentages(lines: readonly string[]): number[] {
  return lines.flatMap(line => /([\d.]+) %/.exec(line)?.[1] ?? []).map(Number)
}

describe('the examples run on the built package', () => {
  test('there are five', () => {
    const all = ['bring-your-own-model', 'mnist', 'multi-round-leakage', 'private-statistics', 'two-workers']
    expect(names.sort()).toEqual(all)
  })

  test('two workers learn as in the tutorial, and are warned that each can tell what the other learned', async () => {
    const lines = await linesOf('two-workers', '1')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^warning: sums over as few as 2 clients are accepted/)
    expect(percentages(lines)[0]).toBeGreaterThan(85)
  })

  test('ten workers learn to read digits, though some leave on the way', async () => {
    const lines = await linesOf('mnist')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toContain('10 updates summed')
    expect(lines[1]).toContain('9 updates summed, worker-3 left in MaskedInputCollection')
    expect(lines[2]).toContain('10 updates summed, worker-7 left in Unmasking')
    const accuracies = percentages(lines)
    expect(accuracies[2]).toBeGreaterThan(90)
    expect(accuracies[2]).toBeGreaterThan(accuracies[0]!)
  })

  test('three clinics learn a model of their own from patients that they do not show', async () => {
    const accuracies = percentages(await linesOf('bring-your-own-model'))
    expect(accuracies).toHaveLength(6)
    expect(accuracies[5]).toBeGreaterThan(88)
    expect(accuracies[5]).toBeGreaterThan(accuracies[0]!)
  })

  test('a survey is counted without the one who left, and nothing else changes', async () => {
    expect(await linesOf('private-statistics')).toEqual([
      '"Do you read the terms and conditions?" 6 answers counted:',
      '  never      *',
      '  sometimes  **',
      '  often      ***',
      // (4100 + 2350 + 2800 + 5150 + 1900 + 10000) / 6
      'Mean income of those 6: 4383.33, exact to within 0.001',
      '  1 income lay above 10,000 and counts as 10,000',
      '  cleo left in MaskedInputCollection',
    ])
  })

  test('two sums give away what one person earns, unless a guard keeps the second one back', async () => {
    const lines = await linesOf('multi-round-leakage')
    expect(lines.toSpliced(6, 1)).toEqual([
      'Without a guard',
      '  sum of ann, ben, cleo, dan, eve, finn: 22180',
      '  sum of ann, ben, cleo, dan, finn: 16950',
      '  the difference is what eve earns: 5230',
      'With a guard that keeps at least 2 together',
      '  first sum: 22180',
      '  sum over whole batches, ann, ben, cleo, dan: 13150',
      '  what can be subtracted now is 9030, of eve and finn together',
    ])
    expect(lines[6]).toMatch(/^ {2}second sum: none\. sum 0 - sum 1 would isolate "eve"/)
  })
})
