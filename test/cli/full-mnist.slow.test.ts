import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const SKIP_REASON = process.env.MNIST_DIR ? '' : ' (skipped: set MNIST_DIR to a folder with the four MNIST files)'

/** Peak resident memory in bytes, as Linux counts it; `undefined` elsewhere, or when the process is gone. */
function peakMemory(pid: number): number | undefined {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line ? Number(line[1]) * 1024 : undefined
  } catch {
    return undefined
  }
}

describe.skipIf(!process.env.MNIST_DIR)(`secagg train on all of MNIST${SKIP_REASON}`, () => {
  it("learns with McMahan's network, in bounded memory", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'secagg-full-'))
    const options = ['--data', 'full', '--network', 'mcmahan', '--rounds', '2', '--epochs', '1', '--batch-size', '10']
    const child = spawn(process.execPath, [MAIN, 'train', ...options, '--no-compare', '--json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    let peak = 0
    const watch = setInterval(() => {
      peak = Math.max(peak, peakMemory(child.pid!) ?? 0)
    }, 500)
    const code = await new Promise(resolve => child.on('close', resolve))
    clearInterval(watch)
    rmSync(folder, { recursive: true, force: true })

    expect(code).toBe(0)
    const last = JSON.parse(output.trim().split('\n').at(-1)!)
    expect(last.testAccuracy).toBeGreaterThan(0.97)
    // The digits take 55 MB as bytes, the network 7 MB; ten workers' updates at once would take ten times that again.
    expect(peak).toBeLessThan(1.5e9)
  })
})
