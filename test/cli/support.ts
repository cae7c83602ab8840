import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { runCli } from '../../src/cli/run.ts'
import { type ImageDataset, loadSample } from '../../src/mnist/index.ts'
import { idx } from '../mnist/fixtures.ts'

/** What a command line wrote, and its exit code. */
export interface Spoken {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Streams that keep what is written to them. */
export interface TestIo extends Io {
  readonly text: { stdout: string; stderr: string }
  /** Presses Ctrl-C. */
  interrupt(): void
  /** How many listen for Ctrl-C. */
  readonly listeners: Set<() => void>
}

export interface TestIoOptions {
  readonly env?: Record<string, string>
  readonly terminal?: boolean
  /** Told whatever is written to stdout. */
  readonly onOutput?: (text: string, io: TestIo) => void
}

export function testIo({ env = {}, terminal = false, onOutput }: TestIoOptions = {}): TestIo {
  const text = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  const stream = (name: 'stdout' | 'stderr') => ({
    write(written: string) {
      text[name] += written
      if (name === 'stdout') onOutput?.(written, io)
    },
    isTTY: terminal,
    columns: 80,
  })
  const io: TestIo = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env,
    text,
    listeners,
    interrupt() {
      for (const listener of listeners) listener()
      listeners.clear()
    },
    onInterrupt(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return io
}

/** Runs one command line in this process. */
export async function cli(args: readonly string[], io: TestIo = testIo()): Promise<Spoken> {
  const exitCode = await runCli(args, io)
  return { ...io.text, exitCode }
}

/** A new empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'secagg-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Unpacked once per file of tests. */
let sample: ReturnType<typeof loadSample> | undefined

/** A folder with the four IDX files of a few real digits: enough to learn something in a blink. */
export async function fewDigits(folder: string): Promise<string> {
  sample ??= loadSample()
  const { train, test } = await sample
  const write = (name: string, { images, labels, length }: ImageDataset) => {
    writeFileSync(join(folder, `${name}-images-idx3-ubyte`), idx(0x803, [length, 28, 28], images))
    writeFileSync(join(folder, `${name}-labels-idx1-ubyte`), idx(0x801, [length], labels))
  }
  write('train', train.slice(0, 240))
  write('t10k', test.slice(0, 100))
  return folder
}

/** Colours and cursor movements taken out. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
}

/** The longest line, in characters. */
export function widthOf(text: string): number {
  return Math.max(
    ...plain(text)
      .split(/\r?\n|\r/)
      .map(line => line.length),
  )
}

/** Lines of JSON, parsed. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}
