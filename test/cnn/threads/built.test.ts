import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { createCnn, loadEngine } from '../../../src/cnn/index.ts'
import { noise, realDigits } from '../digits.ts'

// A thread starts from a file of the built package: `npm test` builds it first.
const BUILT = new URL('../../../dist/cnn/index.js', import.meta.url)
expect(existsSync(BUILT), 'built: npm run build').toBe(true)
const built = (await import(BUILT.href)) as typeof import('../../../src/cnn/index.ts')

const settings = { epochs: 2, batchSize: 32, learningRate: 0.05, seed: 7 }
const alone = await createCnn('small', { engine: await loadEngine('wasm') })
const pooled = await built.createCnn('small', { engine: 'wasm', threads: 2 })
afterAll(() => pooled.dispose())
const model = alone.initialize(1)
const parts = [0, 20, 40].map(from => realDigits(15, from))

describe('a network with two threads', () => {
  test('says so, and one on another engine stays on this thread', async () => {
    expect(pooled.concurrency).toBe(2)
    expect(alone.concurrency).toBe(1)
    expect((await built.createCnn('small', { engine: 'cpu', threads: 2 })).concurrency).toBe(1)
  })

  test('trains and evaluates to the same bits as one without, however many calls there are at once', async () => {
    const all = { ...settings, momentum: 0.9, proximal: 0.1 }
    const [here, there] = [alone, pooled].map(cnn =>
      Promise.all([...parts.map(part => cnn.train(model, part, all)), ...parts.map(part => cnn.evaluate(model, part))]),
    )
    expect(await there).toEqual(await here)
  })

  test('leaves model and data as they were', async () => {
    const [own, data] = [alone.initialize(1), noise(20)]
    await pooled.train(own, data, settings)
    expect(own).toEqual(model)
    expect(data).toEqual(noise(20))
  })

  test('sends a thread nothing but what it needs, so that anything else may be there', async () => {
    const odd = { onProgress: () => {} }
    const schema = model.schema.map(tensor => ({ ...tensor, ...odd }))
    const data = { ...parts[0]!, ...odd }
    const { parameters } = await pooled.train({ ...model, schema }, data, { ...settings, ...odd } as typeof settings)
    expect(parameters).toEqual((await alone.train(model, data, settings)).parameters)
    expect((await pooled.evaluate({ ...model, schema }, data)).examples).toBe(150)
  })

  test('sees data that has changed since the call before', async () => {
    const data = noise(20)
    const before = await pooled.train(model, data, settings)
    data.labels.fill(3)
    const after = await pooled.train(model, data, settings)
    expect(after.parameters).not.toEqual(before.parameters)
    expect(after.parameters).toEqual((await alone.train(model, data, settings)).parameters)
  })

  test('refuses what one without refuses, by the same error', async () => {
    await expect(pooled.train(model, parts[0]!, { ...settings, epochs: 0 })).rejects.toMatchObject({
      code: 'bad-setting',
    })
    await expect(pooled.train(model, parts[0]!, { ...settings, learningRate: 1e30 })).rejects.toMatchObject({
      name: 'CnnError',
      code: 'diverged',
      message: expect.stringContaining('learning rate 1e+30: lower it'),
    })
  })

  test('stops training when it is aborted, and goes on afterwards', async () => {
    const controller = new AbortController()
    const endless = pooled.train(model, parts[0]!, { ...settings, epochs: 1e9, signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 100)
    await expect(endless).rejects.toThrow('enough')
    expect((await pooled.train(model, parts[0]!, settings)).examples).toBe(150)
  })

  test('ends with its threads, and what was under way with them', async () => {
    const spent = await built.createCnn('small', { engine: 'wasm', threads: 2 })
    const endless = spent.train(model, parts[0]!, { ...settings, epochs: 1e9 })
    const rejected = expect(endless).rejects.toMatchObject({ code: 'disposed' })
    spent.dispose()
    await rejected
    await expect(spent.train(model, parts[0]!, settings)).rejects.toMatchObject({ code: 'disposed' })
  })
})

test.each([0, 1.5, Number.NaN])('%d is no number of threads', async threads => {
  await expect(createCnn('small', { engine: 'wasm', threads })).rejects.toMatchObject({
    code: 'bad-setting',
    message: `threads is ${threads}: it must be an integer, at least 1.`,
  })
})

test('threads at rest let a program end, also one that comes from the command line', async () => {
  const program = `
    import { createCnn } from ${JSON.stringify(fileURLToPath(BUILT))}
    const cnn = await createCnn('small', { engine: 'wasm', threads: 2 })
    const data = { images: new Uint8Array(7840).fill(7), labels: new Uint8Array(10), length: 10 }
    const results = await Promise.all([1, 2].map(seed => cnn.train(cnn.initialize(seed), data, { ...${JSON.stringify(settings)} })))
    console.log(results.map(({ examples }) => examples).join())`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { timeout: 30_000 })
  let [out, err] = ['', '']
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    err += chunk
  })
  const exitCode = await new Promise(resolve => child.on('close', resolve))
  expect({ out, err, exitCode }).toEqual({ out: '10,10\n', err: '', exitCode: 0 })
})
