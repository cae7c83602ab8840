import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, expect } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** All examples, without `.ts`. */
export const names: readonly string[] = readdirSync(`${root}examples`).map(file => file.replace(/\.ts$/, ''))

/** Inside the package, so that `secagg` is the package itself; on the built files, as for a user. */
const folder = `${root}build/test-examples-${process.pid}/`

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }
  for (const name of names) {
    const { outputText } = ts.transpileModule(readFileSync(`${root}examples/${name}.ts`, 'utf8'), { compilerOptions })
    writeFileSync(`${folder}${name}.mjs`, outputText)
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What an example prints, line by line. */
export async function linesOf(name: string, ...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [`${folder}${name}.mjs`, ...args], { env: { ...process.env, MNIST_DIR: '' } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  const exitCode = await new Promise(resolve => child.on('close', resolve))
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}

/** The percentage in each line that has one. */
export function percentages(lines: readonly string[]): number[] {
  return lines.flatMap(line => /([\d.]+) %/.exec(line)?.[1] ?? []).map(Number)
}
