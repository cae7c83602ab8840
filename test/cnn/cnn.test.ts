import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Cnn, type CnnErrorCode, createCnn, loadEngine, type NetworkName } from '../../src/cnn/index.ts'
import { noise, realDigits } from './digits.ts'
import { relativeError } from './relative-error.ts'

const engine = await loadEngine('wasm')
const cnn = await createCnn('small', { engine })
const start = cnn.initialize(1)
const settings = { epochs: 1, batchSize: 10, learningRate: 0.1, seed: 1 }

const refusal = (code: CnnErrorCode, message: RegExp | string) =>
  expect.objectContaining({ name: 'CnnError', code, message: expect.stringMatching(message) })

/** How far training moved the parameters. */
const step = (parameters: Float32Array) => parameters.map((value, i) => value - start.parameters[i]!)

describe('a network', () => {
  test('tells its name, engine, schema and size', () => {
    expect(cnn).toMatchObject({
      name: 'small',
      engine: { name: 'wasm', reason: 'wasm, as asked' },
      parameterCount: 20522,
    })
    expect(cnn.schema.map(tensor => tensor.name).join(' ')).toBe(
      'conv1/kernel conv1/bias conv2/kernel conv2/bias dense1/kernel dense1/bias dense2/kernel dense2/bias',
    )
    expect(start.schema).toBe(cnn.schema)
  })

  test('of an unknown name is refused with the choices', async () => {
    await expect(createCnn('large' as NetworkName)).rejects.toEqual(
      refusal('network-unknown', 'small, pysyft, mcmahan'),
    )
  })

  test('may be had on an engine by name', async () => {
    expect((await createCnn('small', { engine: 'cpu' })).engine.name).toBe('cpu')
  })

  test('cannot be used after it was disposed of', async () => {
    const spent = await createCnn('small', { engine })
    spent.dispose()
    await expect(spent.predict(start, new Uint8Array(784))).rejects.toEqual(refusal('disposed', 'create another'))
  })
})

describe('training', () => {
  const digits = realDigits(60)
  const fresh = realDigits(30, 60)
  const some = realDigits(20)

  test('learns to read digits that it has not seen', async () => {
    const before = await cnn.evaluate(start, fresh)
    expect(before.accuracy).toBeLessThan(0.4)
    const { parameters, examples, metrics } = await cnn.train(start, digits, { ...settings, epochs: 5 })
    expect(examples).toBe(600)
    expect(metrics.accuracy).toBeGreaterThan(0.9)
    const after = await cnn.evaluate({ schema: cnn.schema, parameters }, fresh)
    expect(after.accuracy).toBeGreaterThan(0.85)
    expect(after.loss).toBeLessThan(before.loss / 3)
  })

  test('gives the same bits for the same seed, and others for another', async () => {
    const run = async (seed: number) => (await cnn.train(start, some, { ...settings, seed, epochs: 2 })).parameters
    const first = await run(7)
    expect(await run(7)).toEqual(first)
    expect(await run(8)).not.toEqual(first)
  })

  // Elsewhere the backend may choose other kernels, which round in another order.
  test.runIf(process.arch === 'x64')('gives these very bits, on any x64 machine', async () => {
    const { parameters } = await cnn.train(start, noise(100), { ...settings, epochs: 2 })
    const digest = createHash('sha256').update(new Uint8Array(parameters.buffer)).digest('hex')
    expect(digest.slice(0, 32)).toBe('4e2407034cbb2168e31a31ea6e7457ef')
  })

  test('gives the same bits when two trainings take turns', async () => {
    const alone = await cnn.train(start, some, settings)
    const together = await Promise.all([
      cnn.train(start, some, settings),
      cnn.train(start, some, { ...settings, seed: 2 }),
    ])
    expect(together[0]).toEqual(alone)
  })

  test('leaves the model and the data as they were', async () => {
    const model = cnn.initialize(1)
    const data = noise(20)
    await cnn.train(model, data, settings)
    expect(model.parameters).toEqual(start.parameters)
    expect(data).toEqual(noise(20))
  })

  test('leaves no tensor behind, over many steps, evaluations and failures', async () => {
    const before = engine.tf.memory()
    await cnn.train(start, digits, { ...settings, momentum: 0.5, proximal: 0.1 })
    await cnn.train(start, some, { ...settings, batchSize: 'all', epochs: 3 })
    await cnn.evaluate(start, digits)
    await cnn.predict(start, fresh.images)
    await expect(cnn.train(start, digits, { ...settings, learningRate: 1e30 })).rejects.toThrow('diverged')
    const after = engine.tf.memory()
    expect(after.numTensors).toBe(before.numTensors)
    expect(after.numDataBuffers).toBe(before.numDataBuffers)
  })

  test('needs no more memory after 100 rounds than after the first', async () => {
    const { wasm } = engine.tf.findBackend('wasm') as unknown as { wasm: { HEAPU8: Uint8Array } }
    let model = start
    const round = async () => {
      // The last batch is smaller than the others.
      const { parameters } = await cnn.train(model, some, { ...settings, batchSize: 64, learningRate: 0.01 })
      model = { schema: cnn.schema, parameters }
    }
    await round()
    const [before, heap] = [engine.tf.memory(), wasm.HEAPU8.length]
    for (let i = 1; i < 100; i++) await round()
    expect(engine.tf.memory()).toEqual(before)
    expect(wasm.HEAPU8.length).toBe(heap)
  })

  test('reports the loss and hits of the batches of its last epoch, each seen before the step', async () => {
    const { metrics } = await cnn.train(start, digits, { ...settings, batchSize: 'all' })
    const { loss, accuracy } = await cnn.evaluate(start, digits)
    expect(metrics.loss).toBeCloseTo(loss, 5)
    expect(metrics.accuracy).toBe(accuracy)
  })
})

describe('a step', () => {
  const data = noise(150)
  const all = { ...settings, batchSize: 'all' as const }

  test('over all examples adds up pieces to the gradient of the mean', async () => {
    // The mean of the gradients of 50 + 50 + 50 examples, by three trainings of one step each.
    const thirds = [0, 50, 100].map(from => ({
      images: data.images.subarray(from * 784, (from + 50) * 784),
      labels: data.labels.subarray(from, from + 50),
      length: 50,
    }))
    const steps = await Promise.all(thirds.map(async third => step((await cnn.train(start, third, all)).parameters)))
    const mean = steps[0]!.map((value, i) => (value + steps[1]![i]! + steps[2]![i]!) / 3)
    const whole = step((await cnn.train(start, data, all)).parameters)
    // The steps are differences of parameters a thousand times their size.
    expect(relativeError(whole, mean)).toBeLessThan(1e-3)
    expect(await cnn.train(start, data, { ...all, batchSize: 1000 })).toEqual(await cnn.train(start, data, all))
  })

  test('is proportional to the learning rate', async () => {
    const short = step((await cnn.train(start, data, { ...all, learningRate: 0.1 })).parameters)
    const long = step((await cnn.train(start, data, { ...all, learningRate: 0.3 })).parameters)
    expect(
      relativeError(
        long,
        short.map(value => 3 * value),
      ),
    ).toBeLessThan(1e-3)
  })

  test('with momentum goes on in the direction of the steps before', async () => {
    const rate = { ...all, learningRate: 1e-2 }
    const one = step((await cnn.train(start, data, rate)).parameters)
    const two = step((await cnn.train(start, data, { ...rate, epochs: 2, momentum: 0.5 })).parameters)
    const plain = step((await cnn.train(start, data, { ...rate, epochs: 2 })).parameters)
    expect(
      relativeError(
        two,
        plain.map((value, i) => value + 0.5 * one[i]!),
      ),
    ).toBeLessThan(2e-3)
  })

  test('with a proximal term is drawn back to the model received, in the second step for the first time', async () => {
    const rate = { ...all, learningRate: 1e-2 }
    const one = step((await cnn.train(start, data, rate)).parameters)
    expect(step((await cnn.train(start, data, { ...rate, proximal: 20 })).parameters)).toEqual(one)
    const plain = step((await cnn.train(start, data, { ...rate, epochs: 2 })).parameters)
    const drawn = step((await cnn.train(start, data, { ...rate, epochs: 2, proximal: 20 })).parameters)
    // w2 = w1 - rate (gradient + 20 (w1 - w0)), so the pull is 0.2 of the first step.
    expect(
      relativeError(
        drawn,
        plain.map((value, i) => value - 0.2 * one[i]!),
      ),
    ).toBeLessThan(2e-3)
  })
})

describe('evaluation and prediction', () => {
  // More than one batch.
  const digits = realDigits(52)

  test('count by label and prediction, and agree with each other', async () => {
    const { parameters } = await cnn.train(start, digits, settings)
    const model = { schema: cnn.schema, parameters }
    const { confusion, correct, examples, accuracy } = await cnn.evaluate(model, digits)
    const predictions = await cnn.predict(model, digits.images)
    const counted = new Uint32Array(100)
    predictions.forEach((prediction, i) => {
      counted[10 * digits.labels[i]! + prediction]!++
    })
    expect(confusion).toEqual(counted)
    expect(correct).toBe(predictions.filter((prediction, i) => prediction === digits.labels[i]).length)
    expect([examples, accuracy]).toEqual([520, correct / 520])
  })

  test('of no pictures predict nothing', async () => {
    expect(await cnn.predict(start, new Uint8Array(0))).toEqual(new Uint8Array(0))
  })
})

describe('an abort', () => {
  const aborted: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    training: signal => cnn.train(start, noise(10), { ...settings, signal }),
    evaluation: signal => cnn.evaluate(start, noise(10), { signal }),
    prediction: signal => cnn.predict(start, noise(10).images, { signal }),
  }
  test.each(Object.keys(aborted))('before the start ends %s with its reason', async what => {
    await expect(aborted[what]!(AbortSignal.abort('no time'))).rejects.toBe('no time')
  })

  test('ends a training that is under way, and frees its tensors', async () => {
    const before = engine.tf.memory().numTensors
    const controller = new AbortController()
    const endless = cnn.train(start, noise(100), { ...settings, epochs: 1e6, signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 20)
    await expect(endless).rejects.toBe('enough')
    expect(engine.tf.memory().numTensors).toBe(before)
  })
})

describe('what is wrong is refused and named', () => {
  const data = noise(4)
  const train = (changes: object, model = start, examples = data, on: Cnn = cnn) =>
    on.train(model, examples, { ...settings, ...changes })

  test.each([
    [{ epochs: 0 }, 'epochs is 0: it must be an integer, at least 1'],
    [{ epochs: 1.5 }, 'epochs is 1.5'],
    [{ batchSize: 0 }, "batchSize is 0: it must be an integer, at least 1, or 'all'"],
    [{ learningRate: -1 }, 'learningRate is -1'],
    [{ learningRate: Number.NaN }, 'learningRate is NaN'],
    [{ momentum: 1 }, 'momentum is 1'],
    [{ proximal: -1 }, 'proximal is -1'],
    [{ seed: -1 }, 'seed is -1'],
    [{ seed: 2 ** 53 }, 'seed is 9007199254740992'],
  ])('setting %o', async (changes, message) => {
    await expect(train(changes)).rejects.toEqual(refusal('bad-setting', message))
  })

  test('a seed of initialization', () => {
    expect(() => cnn.initialize(0.5)).toThrow(refusal('bad-setting', 'seed is 0.5'))
  })

  test('training and evaluation on nothing', async () => {
    const nothing = { images: new Uint8Array(0), labels: new Uint8Array(0), length: 0 }
    await expect(train({}, start, nothing)).rejects.toEqual(refusal('no-examples', 'at least one picture'))
    await expect(cnn.evaluate(start, nothing)).rejects.toEqual(refusal('no-examples', 'at least one picture'))
  })

  test('pictures and labels that do not fit together', async () => {
    await expect(train({}, start, { ...data, length: 5 })).rejects.toEqual(
      refusal('bad-data', '5 examples are 3920 bytes'),
    )
    await expect(train({}, start, { ...data, labels: data.labels.subarray(1) })).rejects.toEqual(
      refusal('bad-data', 'and 3 labels'),
    )
    await expect(train({}, start, { ...data, labels: Uint8Array.of(1, 2, 10, 3) })).rejects.toEqual(
      refusal('bad-data', 'Label 2 is 10'),
    )
    await expect(cnn.predict(start, new Uint8Array(783))).rejects.toEqual(refusal('bad-data', '783 bytes are no whole'))
    const floats = new Float32Array(784) as unknown as Uint8Array
    await expect(cnn.predict(start, floats)).rejects.toEqual(refusal('bad-data', 'Uint8Array'))
  })

  test('a model of another network, length or type, or one that is not finite', async () => {
    const other = (await createCnn('pysyft', { engine })).initialize(1)
    await expect(train({}, other)).rejects.toEqual(
      refusal('model-mismatch', /tensor 0 is conv1\/kernel \[5, 5, 1, 20\], not conv1\/kernel \[5, 5, 1, 8\]/),
    )
    const { schema, parameters } = start
    const refused = (model: object, message: string) =>
      expect(cnn.evaluate({ ...start, ...model }, data)).rejects.toEqual(refusal('model-mismatch', message))
    await refused({ schema: schema.slice(1) }, 'it has 7 tensors, not 8')
    await refused({ parameters: parameters.subarray(1) }, 'it has 20521 parameters, not 20522')
    await refused({ parameters: [...parameters] }, 'no Float32Array')
    await refused({ parameters: parameters.with(5, Number.POSITIVE_INFINITY) }, 'parameter 5 is Infinity')
  })

  test('a training that diverges says what to lower, be it at the last step', async () => {
    const message = /diverged .* at learning rate 1e\+30: lower it/
    await expect(train({ learningRate: 1e30, epochs: 3 })).rejects.toEqual(refusal('diverged', message))
    await expect(train({ learningRate: 1e300, batchSize: 'all' })).rejects.toEqual(refusal('diverged', 'lower it'))
  })
})
