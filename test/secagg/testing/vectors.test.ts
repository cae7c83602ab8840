import { describe, expect, it } from 'vitest'
import { runVectors, type VectorFile } from '../../../src/secagg/testing/index.ts'
import { fileOf, vectorFile } from '../../vectors/files.ts'

/** The only case of a file with one. */
async function only(file: VectorFile) {
  const { cases, ...counts } = await runVectors(file)
  expect(cases).toHaveLength(1)
  return { ...cases[0]!, ...counts }
}

/** A file with only its first case, changed. */
function changed(kind: Exclude<VectorFile['kind'], 'aggregation'>, change: Record<string, unknown>): VectorFile {
  const file = fileOf(kind) as VectorFile & { kind: 'messages' }
  return { ...file, cases: [{ ...file.cases[0]!, ...change }] } as VectorFile
}

function aggregation(change: (file: Extract<VectorFile, { kind: 'aggregation' }>) => void): VectorFile {
  const file = vectorFile('aggregation-semi-honest.json')
  if (file.kind !== 'aggregation') throw new Error(file.kind)
  change(file)
  return file
}

const failuresOf = async (file: VectorFile) => (await runVectors(file)).cases.filter(({ passed }) => !passed)
/** What is read-only for users is not for a test that spoils it. */
const spoil = <T extends object>(target: T, change: Partial<T>) => Object.assign(target, change)
const flipLast = (digits: string) => digits.slice(0, -1) + (digits.endsWith('0') ? '1' : '0')

describe('runVectors', () => {
  it('reports a frame that decodes to other fields', async () => {
    const { message } = fileOf('messages').cases[0]!
    const result = await only(changed('messages', { message: { ...message, sender: 'bobby' } }))
    expect(result).toMatchObject({ passed: 0, failed: 1, step: 'decode' })
  })

  it('reports a frame that does not decode, by its code', async () => {
    const result = await only(changed('messages', { frame: '0002' }))
    expect(result).toMatchObject({ failed: 1, detail: expect.stringContaining('unsupported-version') })
  })

  it('reports a bad frame that is refused elsewhere, for another reason, or not at all', async () => {
    const good = fileOf('messages').cases[0]!.frame
    expect(await only(changed('refused-messages', { refused: { step: 'body', code: 'truncated' } }))).toMatchObject({
      failed: 1,
      step: 'frame',
      detail: 'expected truncated at body; refused as truncated at frame',
    })
    expect(await only(changed('refused-messages', { refused: { step: 'frame', code: 'bad-flag' } }))).toMatchObject({
      failed: 1,
      code: 'truncated',
    })
    expect(await only(changed('refused-messages', { frame: good }))).toMatchObject({
      failed: 1,
      detail: 'expected truncated at frame; nothing was refused',
    })
  })

  it('reports an operation with another output', async () => {
    const result = await only(changed('operations', { output: { publicKey: '00', secret: '00' } }))
    expect(result).toMatchObject({ failed: 1, step: 'agree' })
  })

  it('reports inputs that are not refused, and fields that are missing', async () => {
    const fine = { publicKey: `09${'00'.repeat(31)}` }
    expect(await only(changed('refused-operations', { input: fine }))).toMatchObject({ failed: 1 })
    for (const input of [{}, { publicKey: 9 }, { publicKey: 'XY' }]) {
      expect(await only(changed('refused-operations', { input }))).toMatchObject({
        failed: 1,
        detail: expect.stringContaining('bad-vector-file'),
      })
    }
  })

  it('reports an operation that there is not', async () => {
    for (const operation of ['divine', 'toString']) {
      expect(await only(changed('operations', { operation }))).toMatchObject({
        failed: 1,
        detail: expect.stringContaining(`there is no operation "${operation}"`),
      })
    }
  })

  it('reports who says something else in an aggregation', async () => {
    const spoiled = aggregation(({ aggregation: recorded }) => {
      const { messages } = recorded
      const shares = messages.find(({ round, direction }) => round === 'Unmasking' && direction === 'up')!
      spoil(shares, { frame: flipLast(shares.frame) })
    })
    const failures = await failuresOf(spoiled)
    expect(failures).toContainEqual(expect.objectContaining({ step: 'unmask' }))
    expect(failures).toContainEqual(expect.objectContaining({ step: 'transcript' }))
  })

  it('reports another sum, other survivors, and another transcript', async () => {
    const recorded = [{ sum: ['1', '2', '3', '4', '5', '6', '7'] }, { survivors: ['ann'] }, { transcriptHash: '00' }]
    const steps = await Promise.all(
      recorded.map(async change => {
        const failures = await failuresOf(aggregation(file => spoil(file.aggregation, change)))
        return failures.map(({ step }) => step)
      }),
    )
    expect(steps[0]).toContain('sum')
    expect(steps[1]).toContain('sum')
    expect(steps[2]).toEqual(['transcript', 'simulate'])
  })

  it('reports an alteration that changes nothing', async () => {
    const failures = await failuresOf(
      aggregation(file => {
        const { message } = file.refusals[0]!.alter[0]!
        spoil(file.refusals[0]!, { alter: [{ message, frame: file.aggregation.messages[message]!.frame }] })
      }),
    )
    expect(failures).toEqual([expect.objectContaining({ detail: expect.stringContaining('nothing was refused') })])
  })

  it('takes nothing that is not a vector file', async () => {
    for (const file of [
      undefined,
      {},
      { ...fileOf('messages'), format: 'other' },
      { ...fileOf('messages'), kind: 'x' },
    ]) {
      await expect(runVectors(file as VectorFile)).rejects.toMatchObject({ code: 'bad-vector-file' })
    }
  })
})
