import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/fuzz.mjs', ...args], { cwd: root, encoding: 'utf8' })

it('the fuzzing command throws at every decoder and both machines, and says what came of it', () => {
  const { status, stdout, stderr } = run('--inputs', '12000', '--seed', '1')
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^seed 1\n/)
  for (const target of ['message', 'fields', 'unpackBits', 'decodeSafetensors', 'server.receive', 'client methods']) {
    expect(stdout).toMatch(new RegExp(`^${target}: [\\d,]+$`, 'm'))
  }
  expect(stdout).toMatch(/\n12,\d{3} inputs in .* 0 findings\n$/)
})

it('the fuzzing command counts the allocations of the built decoders', () => {
  const check = `
    const { Allocations } = await import('./scripts/fuzz/allocations.mjs')
    const allocations = new Allocations()
    allocations.install()
    const { unpackBits } = await import('./dist/secagg/encoding/pack.js')
    unpackBits(new Uint8Array(0), 0, 1) // loads the kernel, once
    allocations.reset()
    unpackBits(new Uint8Array(0), 0, 1)
    const idle = allocations.bytes
    const packed = new Uint8Array(125)
    allocations.reset()
    unpackBits(packed, 1000, 1)
    console.log(JSON.stringify([idle, allocations.bytes, allocations.bytes <= 34 * 125 + 64]))
  `
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', check], { cwd: root, encoding: 'utf8' })
  // One word for each of 1,000 bits, and the 125 bytes copied into 33 words.
  expect(JSON.parse(output)).toEqual([4, 4000 + 132, true])
})

it('the fuzzing command refuses what is no number', () => {
  const { status, stderr } = run('--inputs', 'many')
  expect(status).toBe(2)
  expect(stderr).toContain('--inputs takes a number above 0')
})
