import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { loadMnist, loadSample, MNIST_FILES, mnistCacheDir } from '../../mnist/index.ts'
import type { Io } from '../io.ts'
import { count } from '../output/format.ts'
import { facts } from '../output/layout.ts'
import { styleFor } from '../output/style.ts'

/** `secagg data info`: where digits come from, and which are used by default. */
export async function describeData(io: Io): Promise<void> {
  const sample = await loadSample()
  const inUse = await loadMnist()
  const style = styleFor(io.stdout, io.env)
  const { bold } = style
  const lines = [
    bold('Embedded sample (--data sample)'),
    ...facts([
      ['digits', sample.source],
      ['split', `${count(sample.train.length)} to learn from, ${count(sample.test.length)} held out`],
    ]),
    '',
    bold('All of MNIST (--data full)'),
    ...facts([
      ['MNIST_DIR', io.env.MNIST_DIR || 'not set'],
      ['cache', mnistCacheDir()],
      ['', await cacheState()],
    ]),
    '',
    bold('Used by default (--data auto)'),
    ...facts([
      ['digits', inUse.source],
      ['split', `${count(inUse.train.length)} to learn from, ${count(inUse.test.length)} to test on`],
      ['tested on', inUse.testName],
    ]),
  ]
  io.stdout.write(`${lines.join('\n')}\n`)
}

async function cacheState(): Promise<string> {
  const names = Object.values(MNIST_FILES).map(({ name }) => name)
  const found = await Promise.all(names.map(name => exists(join(mnistCacheDir(), name))))
  const missing = names.filter((_, i) => !found[i])
  if (missing.length === 0) return 'complete: four files'
  if (missing.length === names.length) return 'empty: secagg data download fills it'
  return `incomplete: secagg data download fetches ${missing.join(', ')}`
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
