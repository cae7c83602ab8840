// Compiles assembly/*.ts (AssemblyScript) to WebAssembly and embeds it: node scripts/build-kernels.mjs
//
// The result is committed, so that who installs the package, or runs the tests on the source, needs no compiler. The
// compiler is pinned and gives the same bytes for the same source; a test compares them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))
/** A kernel has a memory of so many pages, or works on a memory that it imports, of any size. */
export const KERNELS = [
  {
    source: 'assembly/ring.ts',
    memory: ['--initialMemory', '3', '--maximumMemory', '3'],
    name: 'RING_WASM',
    output: 'src/secagg/primitives/kernels/ring-wasm.ts',
  },
  {
    source: 'assembly/encoding.ts',
    memory: ['--initialMemory', '6', '--maximumMemory', '6'],
    name: 'ENCODING_WASM',
    output: 'src/secagg/encoding/kernels/encoding-wasm.ts',
  },
  {
    source: 'assembly/training.ts',
    memory: ['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    name: 'TRAINING_WASM',
    output: 'src/cnn/kernels/training-wasm.ts',
  },
]

/** The WebAssembly binary of a kernel. */
export async function compile({ source, memory }) {
  const files = new Map()
  const { error, stderr } = await asc.main(
    [source, '--runtime', 'stub', '--noAssert', '-O3', '--enable', 'simd', ...memory, '--outFile', 'kernel.wasm'],
    {
      readFile: name => readOptional(root + name),
      writeFile: (name, content) => files.set(name, content),
      listFiles: () => [],
    },
  )
  if (error) throw new Error(`${source} does not compile: ${stderr.toString()}`, { cause: error })
  return files.get('kernel.wasm')
}

/** The module that carries the binary. */
export function embed({ source, name }, binary) {
  return [
    `/** ${source}, compiled by scripts/build-kernels.mjs (${binary.length} bytes, in base64). Not for editing. */`,
    `export const ${name}: string =\n  '${Buffer.from(binary).toString('base64')}'`,
    '',
  ].join('\n')
}

function readOptional(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const kernel of KERNELS) {
    const module = embed(kernel, await compile(kernel))
    if (readOptional(root + kernel.output) !== module) writeFileSync(root + kernel.output, module)
  }
}
