import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import * as mnist from '../../src/mnist/index.ts'

describe('secagg/mnist', () => {
  it('exports what the docs name', () => {
    expect(Object.keys(mnist).sort()).toEqual([
      'ImageDataset',
      'MNIST_FILES',
      'MNIST_MIRRORS',
      'MnistError',
      'SAMPLE_TEST_NAME',
      'downloadMnist',
      'loadMnist',
      'loadMnistFolder',
      'loadSample',
      'mnistCacheDir',
      'parseIdxImages',
      'parseIdxLabels',
      'parseSample',
      'sampleUrl',
    ])
  })

  it('bundles for a browser without a warning and without a module of Node', async () => {
    const entry = fileURLToPath(new URL('../../src/mnist/index.ts', import.meta.url))
    const result = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    })
    expect(result.warnings).toEqual([])
    const imports = Object.values(result.metafile.outputs).flatMap(output => output.imports)
    expect(imports).toEqual([])
  })
})
