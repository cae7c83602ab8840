import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Bundles one of the package's entry points for browsers, from the built files, and returns what went in. */
async function modulesOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: root },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    metafile: true,
    write: false,
    absWorkingDir: root,
    logLevel: 'silent',
  })
  const externals = Object.values(metafile.inputs).flatMap(input => input.imports.filter(({ external }) => external))
  return [...Object.keys(metafile.inputs), ...externals.map(({ path }) => path)]
}

describe.each(['secagg/secagg', 'secagg/testing', 'secagg/federated', 'secagg'])('%s, bundled for a browser', entry => {
  it('loads no TensorFlow and no module of Node', async () => {
    const modules = await modulesOf(entry)
    expect(modules.length).toBeGreaterThan(20)
    expect(modules.filter(path => /tensorflow|^node:|native\/node/.test(path))).toEqual([])
  })

  it('takes the portable primitives', async () => {
    expect(await modulesOf(entry)).toContainEqual(expect.stringContaining('dist/secagg/primitives/native/portable.js'))
  })
})

it('the same check finds the TensorFlow of secagg/cnn, so it can fail', async () => {
  const modules = await modulesOf('secagg/cnn').catch((error: Error) => [error.message])
  expect(modules.filter(path => /tensorflow/.test(path))).not.toEqual([])
})
