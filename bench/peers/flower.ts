import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Cell } from './cells.ts'

const FLOWER = 'flwr==1.41.0'
/** Seen from build/bench/peers/. */
const SCRIPT = fileURLToPath(new URL('../../../bench/peers/flower_secaggplus.py', import.meta.url))

/** CPU seconds by stage of Flower's workflow. */
export type StageCosts = Readonly<Record<'setup' | 'share' | 'mask' | 'unmask', number>>

export interface FlowerCosts {
  /** Of a client of the sample: the mean. */
  readonly client: StageCosts
  readonly server: StageCosts
  readonly survivors: number
  readonly maxError: number
}

export interface Flower {
  readonly versions: Readonly<Record<string, string>>
  run(cell: Cell): Promise<FlowerCosts>
  /** Lets the process go. */
  end(): void
}

/** Flower in a Python process of its own, or why it does not take part. */
export async function startFlower(cache = defaultCache()): Promise<Flower | string> {
  const python = install(cache)
  if (python.problem !== undefined) return python.problem
  const child = spawn(python.path, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const versions = await nextOf<Record<string, string>>(answers, child)
  return {
    versions,
    run(cell) {
      child.stdin.write(`${JSON.stringify(cell)}\n`)
      return nextOf<FlowerCosts>(answers, child)
    },
    end: () => child.stdin.end(),
  }
}

/** In a virtual environment that is made once. */
function install(cache: string): { path: string; problem?: undefined } | { problem: string } {
  const home = join(cache, FLOWER.replace('==', '-'))
  const path = join(home, 'bin', 'python')
  const isThere = () => existsSync(path) && succeeds(path, ['-c', 'import flwr']) === undefined
  if (isThere()) return { path }
  mkdirSync(cache, { recursive: true })
  console.log(`installing ${FLOWER} into ${home}`)
  const problem =
    succeeds('python3', ['-m', 'venv', '--clear', home]) ??
    succeeds(path, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', FLOWER])
  if (problem !== undefined) return { problem: `${FLOWER} could not be installed: ${problem}` }
  return isThere() ? { path } : { problem: `${FLOWER} was installed, but does not load` }
}

/** What went wrong, or nothing. */
function succeeds(command: string, options: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, options, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status === 0) return undefined
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `${command} ended with ${status}`)
}

function defaultCache(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'secagg-bench')
}

async function nextOf<T>(answers: AsyncIterator<string>, child: ChildProcess): Promise<T> {
  const { value, done } = await answers.next()
  if (done) throw new Error(`Flower's process ended, with ${child.exitCode ?? child.signalCode}`)
  return JSON.parse(value)
}
