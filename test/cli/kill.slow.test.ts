import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { experimentRandom } from '../../src/index.ts'
import { fewDigits, jsonLines, temporaryFolder } from './support.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const KILLS = 20
const ROUNDS = 150

interface Ended {
  readonly stdout: string
  /** Milliseconds to the end of its first round, and to its own. */
  readonly firstRound: number
  readonly all: number
  readonly killed: boolean
}

/** Runs the command to its end, or kills it after so many milliseconds. */
function run(args: readonly string[], killAfter?: number): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  const started = performance.now()
  let stdout = ''
  let firstRound = 0
  child.stdout.on('data', (data: Buffer) => {
    if (stdout === '') firstRound = performance.now() - started
    stdout += data
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (_, signal) => {
      clearTimeout(timer)
      resolve({ stdout, firstRound, all: performance.now() - started, killed: signal === 'SIGKILL' })
    })
  })
}

test(`a run that is killed at ${KILLS} random moments ends with the same model as one that is left alone`, async () => {
  const folder = temporaryFolder()
  const data = await fewDigits(folder)
  const args = [
    'train',
    '--json',
    '--no-compare',
    '--data',
    data,
    '--workers',
    '5',
    '--dropout',
    '0.05',
    '--rounds',
    '60',
  ]
  const alone = await run([...args, '--out', join(folder, 'whole')])
  const whole = jsonLines(alone.stdout).at(-1)!
  const resumed = [...args, '--out', join(folder, 'killed'), '--resume']
  const random = experimentRandom(20)
  let kills = 0
  let rounds = 0
  while (kills < KILLS) {
    // From before it has read anything to its tenth round or so.
    const tenRounds = (10 * (alone.all - alone.firstRound)) / ROUNDS
    const { killed, stdout } = await run(resumed, (alone.firstRound + tenRounds) * random.uniform())
    expect(killed, 'it was done before it was killed often enough: give it more rounds').toBe(true)
    rounds += stdout.split('\n').length - 1
    kills++
  }
  expect(rounds, 'some of the moments lay within the rounds').toBeGreaterThan(0)
  const last = jsonLines((await run(resumed)).stdout).at(-1)!
  expect(last).toMatchObject({ modelHash: whole.modelHash, testAccuracy: whole.testAccuracy, rounds: whole.rounds })
  expect(readdirSync(folder).filter(name => name.startsWith('killed'))).toEqual(['killed'])
})
