import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCnn } from '../../src/cnn/index.ts'
import { createModel, encodeSafetensors, type Model } from '../../src/index.ts'
import { cli, fewDigits, jsonLines, temporaryFolder, widthOf } from './support.ts'

async function savedModel(model: Model, metadata: Record<string, string> = {}) {
  const folder = temporaryFolder()
  const data = await fewDigits(folder)
  const path = join(folder, 'model.safetensors')
  writeFileSync(path, encodeSafetensors(model, metadata))
  return { folder, path, args: ['evaluate', path, '--data', data, '--engine', 'wasm'] }
}

async function untrained(name: 'small' | 'pysyft' = 'small'): Promise<Model> {
  return (await createCnn(name, { engine: 'wasm' })).initialize(3)
}

describe('secagg evaluate', () => {
  test('measures a saved model overall and digit by digit', async () => {
    const { args, path } = await savedModel(await untrained(), { network: 'small', rounds: '4', seed: '3' })
    const { stdout, stderr, exitCode } = await cli([...args, '--json'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const [report] = jsonLines(stdout) as [{ confusion: number[][]; perDigit: number[]; [key: string]: unknown }]
    expect(report).toMatchObject({
      path,
      network: 'small',
      parameters: 20522,
      testDigits: 100,
      metadata: { rounds: '4' },
    })
    const right = report.confusion.map((counts, digit) => counts[digit]!)
    const total = report.confusion.map(counts => counts.reduce((a, b) => a + b))
    expect(total.reduce((a, b) => a + b)).toBe(100)
    expect(report.correct).toBe(right.reduce((a, b) => a + b))
    expect(report.testAccuracy).toBe((report.correct as number) / 100)
    expect(report.perDigit).toEqual(right.map((n, digit) => n / total[digit]!))
  })

  test('knows the network by its tensors when the file does not name it', async () => {
    const { args } = await savedModel(await untrained('pysyft'))
    const [report] = jsonLines((await cli([...args, '--json'])).stdout)
    expect(report).toMatchObject({ network: 'pysyft', parameters: 431_080, metadata: {} })
  })

  test('is readable in 80 columns, however long the path', async () => {
    const { args } = await savedModel(await untrained(), { network: 'small', rounds: '4', data: 'x'.repeat(200) })
    const { stdout } = await cli(args)
    expect(stdout).toMatch(/^ {2}digit +0 +1 +2 +3 +4 +5 +6 +7 +8 +9$/m)
    expect(stdout).toMatch(/^ {2}how many( +\d+){10}$/m)
    expect(stdout).toMatch(/^ {2}right, %( +[\d.]+){10}$/m)
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
  })

  test('a model of some other network is refused, and its tensors are named', async () => {
    const stranger = createModel([{ name: 'weights', shape: [2, 3] }], new Float32Array(6))
    const { args, path } = await savedModel(stranger, { network: 'resnet' })
    const { stderr, stdout, exitCode } = await cli(args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain(`secagg: ${path} is none of the networks small, pysyft, mcmahan (it says "resnet")`)
    expect(stderr).toContain('weights [2, 3]')
  })

  test('a file that is no model, or not there, is refused by name', async () => {
    const { folder, args } = await savedModel(await untrained())
    const text = join(folder, 'notes.txt')
    writeFileSync(text, 'not a model')
    const broken = await cli(['evaluate', text])
    expect(broken.exitCode).toBe(1)
    expect(broken.stderr).toContain(`secagg: ${text}: Not a safetensors file`)
    expect((await cli(['evaluate', folder])).stderr).toContain('it is a folder')
    const missing = await cli(['evaluate', `${args[1]}.gone`])
    expect(missing.stderr).toMatch(/^secagg: .*\.gone cannot be read \(no such file or folder\)\n {2}hint: /)
  })
})
