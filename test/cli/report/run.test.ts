import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, fewDigits, jsonLines, temporaryFolder, testIo } from '../support.ts'

async function quickRun(...more: string[]) {
  const folder = temporaryFolder()
  const args = ['train', '--data', await fewDigits(folder), '--out', join(folder, 'model.safetensors')]
  args.push('--engine', 'wasm', '--workers', '3', '--rounds', '2', '--epochs', '1', '--batch-size', '40')
  return { folder, args: [...args, '--dropout', '0', ...more] }
}

test('secagg train --report writes a page that tells what the run told', async () => {
  const { folder, args } = await quickRun('--json')
  const path = join(folder, 'run.html')
  const { stdout, stderr, exitCode } = await cli([...args, '--report', path])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const page = readFileSync(path, 'utf8')
  const lines = jsonLines(stdout) as { testAccuracy: number; modelHash: string; initialTestAccuracy: number }[]
  const [first, second, last] = lines
  expect(last).toMatchObject({ reportFile: path })
  expect(page).toContain(last!.modelHash)
  expect(page).toContain(`<strong>${(100 * last!.testAccuracy).toFixed(2)}\u00a0%</strong>`)
  expect(page).toContain('identical model, bit for bit')
  const accuracies = [last!.initialTestAccuracy, first!.testAccuracy, second!.testAccuracy]
  const curve = accuracies.map((accuracy, round) => [String(round), `${Math.round(100 * accuracy)}%`])
  expect({ secure: curveOf(page, 'secure'), plaintext: curveOf(page, 'plaintext') }).toEqual({
    secure: curve,
    plaintext: curve,
  })
  expect(page).toMatch(/The update of worker-\d in its last round, all 20,522 parameters/)
  const [, clear, masked] = /; correlation ([\d.]+)<.*>From what the server received: correlation (-?[\d.]+)</s.exec(
    page,
  )!
  expect(Number(clear)).toBeGreaterThan(0.95)
  expect(Math.abs(Number(masked))).toBeLessThan(0.18)
})

test('a report that cannot be written is refused before anything is trained', async () => {
  const { folder, args } = await quickRun()
  const { stdout, stderr, exitCode } = await cli([...args, '--report', join(folder, 'nowhere', 'run.html')])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
  expect(stderr).toContain('--report FILE')
  expect(existsSync(join(folder, 'model.safetensors'))).toBe(false)
})

test('a run that is interrupted has a report of what it came to', async () => {
  const { folder, args } = await quickRun('--json', '--rounds', '50')
  const path = join(folder, 'run.html')
  const io = testIo({ onOutput: (text, io) => text.includes('"round":1,') && io.interrupt() })
  expect((await cli([...args, '--report', path], io)).exitCode).toBe(130)
  const page = readFileSync(path, 'utf8')
  expect(page).toContain('which was interrupted')
  expect(page).toContain('There was no plaintext run to compare with.')
  expect(curveOf(page, 'secure').map(([round]) => round)).toEqual(['0', '1'])
})

test('a report does not take the place of the model', async () => {
  const { folder, args } = await quickRun()
  const { stderr, exitCode } = await cli([...args, '--report', join(folder, 'model.safetensors')])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('is where the model goes')
})

/** Round and accuracy of each point of a curve, as the chart says them to who cannot see it. */
function curveOf(page: string, run: string): [string, string][] {
  const points = page.matchAll(new RegExp(`aria-label="round: (\\d); accuracy: ([^;]*); run: ${run}"`, 'g'))
  // The line itself says its first point again.
  return [...new Map(Array.from(points, ([, round, accuracy]) => [round!, accuracy!]))]
}
