import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../../src/index.ts'
import { cli, fewDigits, jsonLines, temporaryFolder, testIo } from './support.ts'

/** Four short rounds over four workers, some of whom leave. */
async function command(...more: string[]) {
  const folder = temporaryFolder()
  const data = await fewDigits(folder)
  const args = ['train', '--json', '--no-compare', '--data', data, '--engine', 'wasm', '--workers', '4']
  args.push('--rounds', '4', '--epochs', '1', '--batch-size', '40', '--dropout', '0.05', ...more)
  return { args, out: (name: string) => join(folder, name) }
}

const interruptAfter = (said: string) => testIo({ onOutput: (text, io) => text.includes(said) && io.interrupt() })

describe('secagg train --resume', () => {
  test.each([['2'], ['3']])(
    'goes on after round %s to the same model, bit for bit, and the same report',
    async last => {
      const { args, out } = await command()
      const whole = jsonLines((await cli([...args, '--out', out('whole')])).stdout)
      await cli([...args, '--out', out('parts')], interruptAfter(`"round":${last},`))
      const { stdout, stderr, exitCode } = await cli([...args, '--out', out('parts'), '--resume'])
      expect({ stderr, exitCode }).toEqual({ stderr: `secagg: resumed after round ${last}\n`, exitCode: 0 })
      const rest = jsonLines(stdout)
      expect(rest.map(({ round }) => round)).toEqual([
        ...whole.slice(Number(last), 4).map(({ round }) => round),
        undefined,
      ])
      const [before, after] = [whole.at(-1)!, rest.at(-1)!]
      expect(after.modelHash).toBe(before.modelHash)
      expect(after).toMatchObject({ rounds: before.rounds, testAccuracy: before.testAccuracy })
    },
  )

  test('begins when there is nothing to go on with', async () => {
    const { args, out } = await command('--rounds', '1')
    const { stderr, exitCode } = await cli([...args, '--out', out('new'), '--resume'])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  test('adds rounds to a run that had ended', async () => {
    const { args, out } = await command()
    const four = jsonLines((await cli([...args, '--out', out('four')])).stdout).at(-1)!
    await cli([...args, '--out', out('two'), '--rounds', '2'])
    const more = jsonLines((await cli([...args, '--out', out('two'), '--resume'])).stdout).at(-1)!
    expect(more.modelHash).toBe(four.modelHash)
  })

  test('says to people where it goes on', async () => {
    const { args, out } = await command('--out', 'x')
    const human = args.filter(arg => arg !== '--json')
    await cli([...human, '--rounds', '1', '--out', out('m')])
    expect((await cli([...human, '--resume', '--out', out('m')])).stdout).toContain('Resumed after 1 round.')
  })

  test.each([
    [['--seed', '2'], 'is of a run with seed 1, not 2'],
    [['--batch-size', '20'], 'is of a run with batch-size 40, not 20'],
    [['--workers', '5'], 'is of a run with workers 4, not 5'],
    [['--epsilon', '5'], 'is of a run with rounds none, not 4'],
  ])('refuses other options: %j', async (options, message) => {
    const { args, out } = await command('--rounds', '1')
    await cli([...args, '--out', out('m')])
    const { stderr, exitCode } = await cli([...args, '--rounds', '4', ...options, '--out', out('m'), '--resume'])
    expect(stderr).toContain(message)
    expect(exitCode).toBe(2)
  })

  test('refuses a model without a run, and what it cannot read', async () => {
    const { args, out } = await command('--rounds', '1')
    await cli([...args, '--out', out('m')])
    const { model } = decodeSafetensors(new Uint8Array(readFileSync(out('m'))))
    writeFileSync(out('alone'), encodeSafetensors(model))
    const alone = await cli([...args, '--out', out('alone'), '--resume'])
    expect(alone).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is a model without a run to go on with'),
    })
    writeFileSync(out('later'), encodeSafetensors(model, { 'secagg-checkpoint': '{"version":2}' }))
    const later = await cli([...args, '--out', out('later'), '--resume'])
    expect(later).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('this version cannot go on with') })
  })
})

describe('a private run that goes on', () => {
  test('has spent what it spent, and keeps to the budget', async () => {
    const { args, out } = await command('--epsilon', '4', '--workers', '6', '--dropout', '0')
    await cli([...args, '--out', out('m')], interruptAfter('"round":2,'))
    const last = jsonLines((await cli([...args, '--out', out('m'), '--resume'])).stdout).at(-1)!
    // The round that was interrupted counts: its sum may have been known. So one round less fits.
    expect(last).toMatchObject({ rounds: 3, stopped: expect.stringContaining('beyond the budget of 4') })
    expect(last.epsilon).toBeGreaterThan(3.99)
    expect(last.epsilon).toBeLessThanOrEqual(4)
  })
})
