import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type * as source from './library.ts'

/** What attacks use of the library: {@link honest}, or the same from a patched copy of the source. */
export type Library = typeof source

/** One change to a copy of the source. */
export interface Patch {
  /** Relative to src/secagg, where nearly all guards are. */
  readonly file: string
  /** What to replace. It must occur exactly once in the file as it is now. */
  readonly find: string | RegExp
  readonly replace: string
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SOURCE = path.join(ROOT, 'src/secagg')
const ENTRY = fileURLToPath(new URL('./library.ts', import.meta.url))
/** Inside the repository, so that the copy finds the packages it imports; ignored by git. */
const COPIES = path.join(ROOT, 'build/attacks')

/**
 * The library made from a copy of the source in which every patch was applied. The shipped files are only read.
 *
 * @throws Error when a patch does not match exactly once: the source has changed, and the attack that wants this patch
 *   would prove nothing.
 */
export async function patchedSource(patches: readonly Patch[]): Promise<Library> {
  const texts = await patchedTexts(patches)
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['secagg-source'],
    packages: 'external',
    logLevel: 'silent',
    plugins: [substitute(texts)],
  })
  await mkdir(COPIES, { recursive: true })
  // Tests on several threads of one process make copies at the same time.
  const copy = path.join(COPIES, `${randomUUID()}.mjs`)
  await writeFile(copy, outputFiles[0]!.text)
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(copy).href)) as Library
  } finally {
    await rm(copy)
  }
}

/** The new text of every file that is patched, by its path. */
async function patchedTexts(patches: readonly Patch[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const patch of patches) {
    const file = path.join(SOURCE, patch.file)
    const original = await readFile(file, 'utf8')
    requireOnce(original, patch)
    const text = texts.get(file) ?? original
    // Again in what earlier patches made of the file: two of them must not overlap.
    requireOnce(text, patch)
    texts.set(
      file,
      text.replace(patch.find, () => patch.replace),
    )
  }
  return texts
}

function requireOnce(text: string, { file, find }: Patch): void {
  const count = typeof find === 'string' ? text.split(find).length - 1 : [...text.matchAll(global(find))].length
  if (count === 1) return
  throw new Error(
    `patch of src/secagg/${file} must match exactly once, but matches ${count} times; bring it up to date: ${String(find)}`,
  )
}

function global(find: RegExp): RegExp {
  return new RegExp(find.source, find.flags.includes('g') ? find.flags : `${find.flags}g`)
}

function substitute(texts: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'patched source',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const contents = texts.get(file)
        return contents === undefined ? undefined : { contents, loader: 'ts' }
      })
    },
  }
}
