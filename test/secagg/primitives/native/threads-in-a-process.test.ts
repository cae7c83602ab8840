import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

const PRIMITIVES = fileURLToPath(new URL('../../../../src/secagg/primitives/', import.meta.url))

/** 150 MB of keystream: enough to start threads for. Says what came out, and how long the process lived on afterwards. */
const PROGRAM = `
import { createHash } from 'node:crypto'
import { addKeystreams } from ${JSON.stringify(`${PRIMITIVES}prg.ts`)}
import { configureThreads } from ${JSON.stringify(`${PRIMITIVES}threads.ts`)}
configureThreads({ threads: Number(process.argv[2]) })
const masks = Array.from({ length: 100 }, (_, i) => ({ key: new Uint8Array(16).fill(i), sign: i % 2 === 0 ? 1 : -1 }))
const vector = new Uint32Array(375_000)
await addKeystreams(masks, 2, vector, 2)
const done = performance.now()
process.on('exit', () => console.log(JSON.stringify({
  hash: createHash('sha256').update(vector).digest('hex'),
  threads: process.report.getReport().workers.length,
  lingered: performance.now() - done,
})))
`

let folder: string
let bundle: string

/** Minified and in one file, as an application would ship it. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'secagg-threads-'))
  bundle = path.join(folder, 'program.mjs')
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: PRIMITIVES, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['secagg-source'],
    logLevel: 'silent',
  })
  await writeFile(bundle, outputFiles[0]!.text)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

interface Said {
  readonly hash: string
  readonly threads: number
  readonly lingered: number
}

async function run(threads: number, ...options: string[]): Promise<Said> {
  const child = spawn(process.execPath, ['--no-warnings', ...options, bundle, `${threads}`], { env: {} })
  let [out, err] = ['', '']
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    err += chunk
  })
  const code = await new Promise(resolve => child.on('close', resolve))
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as Said
}

const PERMISSIONS = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'

test('a bundled program masks by threads that do not keep its process alive, with the result of a single one', async () => {
  const [alone, several] = [await run(1), await run(3)]
  expect(alone.threads).toBe(0)
  expect(several.threads).toBe(2)
  expect(several.hash).toBe(alone.hash)
  expect(several.lingered).toBeLessThan(2_000)
})

test('a program that may not start threads masks without them, and says nothing', async () => {
  const [free, confined] = [await run(1), await run(3, PERMISSIONS, '--allow-fs-read=*')]
  expect(confined.threads).toBe(0)
  expect(confined.hash).toBe(free.hash)
})
