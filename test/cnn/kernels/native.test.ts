import { expect, test, vi } from 'vitest'
import { loadEngine, type TensorFlow } from '../../../src/cnn/index.ts'
import { bytesOf, Native } from '../../../src/cnn/kernels/native.ts'
import { TRAINING_WASM } from '../../../src/cnn/kernels/training-wasm.ts'
import type { WasmBackend } from '../../../src/cnn/kernels/wasm-backend.ts'

const { tf } = await loadEngine('wasm')
const backend = tf.findBackend('wasm') as unknown as WasmBackend
const pages = (shared: boolean) => new WebAssembly.Memory({ initial: 1, maximum: 65536, shared })

/** The ids of the sections of a module: https://webassembly.github.io/spec/core/binary/modules.html#sections */
function sectionsOf(binary: Uint8Array): number[] {
  const ids: number[] = []
  for (let at = 8; at < binary.length; ) {
    ids.push(binary[at++]!)
    let size = 0
    for (let shift = 0, byte = 128; byte >= 128; shift += 7) {
      byte = binary[at++]!
      size += (byte & 127) << shift
    }
    at += size
  }
  return ids
}

test('the kernels ask for nothing but memory, and write to none of it by being loaded', () => {
  const binary = bytesOf(TRAINING_WASM, pages(false))
  expect(WebAssembly.Module.imports(new WebAssembly.Module(binary))).toEqual([
    { module: 'env', name: 'memory', kind: 'memory' },
  ])
  const [START, DATA] = [8, 11]
  expect(sectionsOf(binary)).not.toContain(START)
  expect(sectionsOf(binary)).not.toContain(DATA)
})

test.each([true, false])(
  'the kernels work on a memory that is shared: %s, as that of the backend with threads',
  shared => {
    const memory = pages(shared)
    const module = new WebAssembly.Module(bytesOf(TRAINING_WASM, memory))
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    const floats = new Float32Array(memory.buffer)
    floats.set([1, 2, 3, 4], 256)
    ;(exports.copyRows as (...numbers: number[]) => void)(1024, 8, 2048, 12, 2, 8)
    expect([...floats.subarray(512, 517)]).toEqual([1, 2, 0, 3, 4])
  },
)

test('scratch memory comes in aligned blocks that do not overlap, and is allocated anew only to grow', () => {
  const native = Native.of(backend)
  const malloc = vi.spyOn((backend as unknown as { wasm: { _malloc(bytes: number): number } }).wasm, '_malloc')
  const blocks = native.scratch(100_003, 1, 5_000_000)
  expect(malloc).toHaveBeenCalledTimes(1)
  expect(blocks.map(address => address % 16)).toEqual([0, 0, 0])
  expect(blocks[1] - blocks[0]).toBeGreaterThanOrEqual(100_003)
  expect(blocks[2] - blocks[1]).toBeGreaterThanOrEqual(1)
  native.scratch(5_000_000)
  native.scratch(17, 16)
  expect(malloc).toHaveBeenCalledTimes(1)
  malloc.mockRestore()
})

test('a failing allocation is a typed error, after which smaller ones succeed', () => {
  const native = Native.of(backend)
  const malloc = vi.spyOn((backend as unknown as { wasm: { _malloc(bytes: number): number } }).wasm, '_malloc')
  malloc.mockReturnValueOnce(0)
  expect(() => native.scratch(900_000_000)).toThrow(expect.objectContaining({ code: 'engine-failed' }))
  expect(native.scratch(64)[0]).toBeGreaterThan(0)
  malloc.mockRestore()
})

test('a backend of another version is a typed error that says what is needed', async () => {
  const other = { ...tf, findBackend: () => ({ wasm: { HEAPU8: new Uint8Array(8) } }) } as unknown as TensorFlow
  await expect(Native.start(other)).rejects.toMatchObject({
    code: 'engine-failed',
    message: expect.stringContaining('@tensorflow/tfjs-backend-wasm@4.22.0'),
  })
})
