import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
// @ts-expect-error A script without types.
import { compile, embed, KERNELS } from '../../../../scripts/build-kernels.mjs'
import { loadRingKernel } from '../../../../src/secagg/primitives/kernels/ring-kernel.ts'
import { RING_WASM } from '../../../../src/secagg/primitives/kernels/ring-wasm.ts'

afterEach(() => vi.unstubAllGlobals())

test('the embedded kernel is what the compiler makes of its source, byte for byte', async () => {
  for (const kernel of KERNELS) {
    const root = new URL('../../../../', import.meta.url)
    expect(readFileSync(new URL(kernel.output, root), 'utf8')).toBe(embed(kernel, await compile(kernel)))
  }
})

test('the kernel asks nothing of its host, and its memory can never grow', () => {
  const module = new WebAssembly.Module(Buffer.from(RING_WASM, 'base64'))
  expect(WebAssembly.Module.imports(module)).toEqual([])
  expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual([
    'add32',
    'subtract32',
    'add64',
    'subtract64',
    'memory',
  ])
  expect(() => loadRingKernel()!.memory.grow(1)).toThrow(RangeError)
})

test.each([
  ['WebAssembly is switched off', undefined],
  ['a content security policy forbids to compile', { Module: refusing('unsafe-eval is not allowed') }],
  ['the engine knows no SIMD', { Module: refusing('invalid opcode 0xfd') }],
])('where %s there is no kernel, and no error', (_case, stub) => {
  vi.stubGlobal('WebAssembly', stub)
  expect(loadRingKernel()).toBeUndefined()
})

function refusing(message: string): new () => object {
  return class {
    constructor() {
      throw new Error(message)
    }
  }
}
