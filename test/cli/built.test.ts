import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decodeSafetensors } from '../../src/index.ts'
import { fewDigits, jsonLines, plain, temporaryFolder, widthOf } from './support.ts'

/** The command as it is installed. `npm test` builds it first. */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** Starts Node; `watch` sees what has been written so far, and may send signals. */
function run(args: readonly string[], watch: (child: ChildProcess, stdout: string) => void = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, MNIST_DIR: '', XDG_CACHE_HOME: '/nonexistent' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
    watch(child, stdout)
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, signal) => resolve({ stdout, stderr, exitCode, signal }))
  })
}

describe('the built command', () => {
  test('trains on digits, tells where the model is, and evaluates it', async () => {
    const folder = temporaryFolder()
    const data = await fewDigits(folder)
    const out = join(folder, 'digits.safetensors')
    const training = await run([MAIN, 'train', '--data', data, '--out', out, '--workers', '4', '--rounds', '2'])
    expect(training.stderr).toBe('')
    expect(training.exitCode).toBe(0)
    expect(training.stdout).toContain('Identical bit for bit')
    expect(plain(training.stdout), 'no colours in a pipe').toBe(training.stdout)
    expect(widthOf(training.stdout)).toBeLessThanOrEqual(80)
    const evaluation = await run([MAIN, 'evaluate', out, '--data', data, '--json'])
    const [report] = jsonLines(evaluation.stdout)
    expect(training.stdout).toContain(`${report!.correct} of 100 right, after 2 rounds.`)
  })

  test('prints JSON only on stdout, also when it is interrupted, and keeps the model', async () => {
    const folder = temporaryFolder()
    const out = join(folder, 'model.safetensors')
    const args = ['train', '--data', await fewDigits(folder), '--out', out, '--workers', '3', '--rounds', '9999']
    let interrupted = false
    const { stdout, stderr, exitCode } = await run([MAIN, ...args, '--json'], (child, stdout) => {
      if (interrupted || !stdout.includes('\n')) return
      interrupted = child.kill('SIGINT')
    })
    expect(exitCode).toBe(130)
    expect(stderr).toContain('secagg: interrupted')
    const last = jsonLines(stdout).at(-1)!
    expect(last).toMatchObject({ interrupted: true, modelFile: out })
    expect(decodeSafetensors(new Uint8Array(readFileSync(out))).metadata.rounds).toBe(String(last.rounds))
  })

  test('a second Ctrl-C ends the process at once, whatever it does', async () => {
    const io = fileURLToPath(new URL('../../dist/cli/io.js', import.meta.url))
    const script = `
      import { processIo } from ${JSON.stringify(io)}
      processIo().onInterrupt(() => console.log('first'))
      setInterval(() => {}, 1000)
      console.log('ready')`
    const { stdout, exitCode, signal } = await run(['--input-type=module', '-e', script], child => child.kill('SIGINT'))
    expect(stdout).toBe('ready\nfirst\n')
    expect({ exitCode, signal }).toEqual({ exitCode: null, signal: 'SIGINT' })
  })

  test('a reader that stops reading is no error', async () => {
    const { stderr, exitCode } = await run(
      [
        MAIN,
        'train',
        '--data',
        await fewDigits(temporaryFolder()),
        '--workers',
        '3',
        '--rounds',
        '9999',
        '--json',
      ].concat(['--out', join(temporaryFolder(), 'model.safetensors')]),
      child => child.stdout?.destroy(),
    )
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  test('a wrong command line is exit code 2 and one line that says why', async () => {
    const { stdout, stderr, exitCode } = await run([MAIN, 'train', '--dropout', '2'])
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toMatch(/^secagg: option '--dropout <rate>' argument '2' is invalid\. .*\n\(add --help/)
  })

  test('is what package.json calls secagg, and may be run as a program', () => {
    const root = new URL('../../', import.meta.url)
    const { bin } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
    expect(fileURLToPath(new URL(bin.secagg, root))).toBe(MAIN)
    expect(existsSync(MAIN)).toBe(true)
    expect(readFileSync(MAIN, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
})
