import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { jsonLines, temporaryFolder } from './support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

test.each(['1', '2', '3'])('secagg train reads 97 %% of the held-out digits as it comes, seed %s', async seed => {
  const out = join(temporaryFolder(), 'model.safetensors')
  const args = [main, 'train', '--data', 'sample', '--engine', 'wasm', '--seed', seed, '--out', out, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const last = jsonLines(stdout).at(-1)!
  expect(last).toMatchObject({ identical: true, testName: 'held-out digits of the embedded sample', testDigits: 1500 })
  expect(last.testAccuracy).toBeGreaterThanOrEqual(0.97)
})
