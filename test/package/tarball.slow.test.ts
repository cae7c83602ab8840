import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const environment = { ...process.env, NO_COLOR: '1', MNIST_DIR: '' }

let project: string

function run(command: string, args: readonly string[], cwd = project): string {
  return execFileSync(command, args, { cwd, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The packed package in an empty project, as a user would have it: the tests depend on each other's order. */
describe('the packed package, in an empty project', () => {
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'secagg-package-'))
    run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], root)
    const tarball = readdirSync(project).find(name => name.endsWith('.tgz'))!
    writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }')
    run('npm', ['install', '--silent', join(project, tarball)])
  })

  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it('installs without TensorFlow.js', () => {
    expect(existsSync(join(project, 'node_modules/secagg/dist/index.js'))).toBe(true)
    expect(existsSync(join(project, 'node_modules/@tensorflow'))).toBe(false)
  })

  it('carries the digits, the licences and the test vectors, and no tests', () => {
    const home = join(project, 'node_modules/secagg')
    const files = readdirSync(home)
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'assets', 'dist', 'src']))
    expect(readdirSync(join(home, 'test'))).toEqual(['vectors'])
    expect(readdirSync(join(home, 'test/vectors')).every(name => name.endsWith('.json'))).toBe(true)
    expect(existsSync(join(home, 'assets/mnist-sample.bin.gz'))).toBe(true)
  })

  it('runs the test vectors', () => {
    const program = `
      import { readFileSync } from 'node:fs'
      import { createRequire } from 'node:module'
      import { runVectors } from 'secagg/testing'
      const path = createRequire(import.meta.url).resolve('secagg/vectors/messages.json')
      const report = await runVectors(JSON.parse(readFileSync(path, 'utf8')))
      console.log(JSON.stringify(report))`
    writeFileSync(join(project, 'vectors.mjs'), program)
    const report = JSON.parse(run('node', ['vectors.mjs']))
    expect(report).toMatchObject({ failed: 0 })
    expect(report.passed).toBeGreaterThan(10)
  })

  it('sums without TensorFlow.js', () => {
    const program = `
      import { secureSum } from 'secagg'
      const { sum } = await secureSum([[1, 2], [3, 4], [5, 6]], { kind: 'integers', min: 0, max: 10 })
      console.log(JSON.stringify([...sum]))`
    expect(JSON.parse(run('node', ['--input-type=module', '--eval', program]))).toEqual([9, 12])
  })

  it('names the one install command when something is to be trained, and trains after it', () => {
    const train = ['secagg', 'train', '--workers', '3', '--rounds', '1', '--epochs', '1', '--dropout', '0', '--json']
    const refused = spawnSync('npx', train, { cwd: project, env: environment, encoding: 'utf8' })
    expect(refused.status).toBe(1)
    const command = /npm install [@\w/.\- ]+/.exec(refused.stderr)![0].trim()
    const [npm, ...args] = command.split(' ')
    run(npm!, [...args, '--silent'])

    const lines = run('npx', train).trim().split('\n')
    const last = JSON.parse(lines.at(-1)!)
    expect(last.testAccuracy).toBeGreaterThan(0.5)
    expect(last.modelHash).toBe(last.plaintextModelHash)
  })

  it('type-checks and runs the example of the README', () => {
    const example = readFileSync(join(root, 'examples/mnist.ts'), 'utf8')
    writeFileSync(join(project, 'mnist.ts'), example)
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    // TensorFlow.js 4.22 does not pass a check of its own declarations.
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--skipLibCheck',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
    ]
    run('node', [tsc, ...options, 'mnist.ts'])
    writeFileSync(join(project, 'mnist.mjs'), transformSync(example, { loader: 'ts' }).code)
    expect(run('node', ['mnist.mjs'])).toMatch(
      /round 2: \d\d\.\d % right, 10 updates summed, worker-7 left in Unmasking/,
    )
  })
})
