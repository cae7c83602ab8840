import { builtins, hasBuiltins } from './builtins.ts'
import { missingFromCache, mnistCacheDir } from './cache.ts'
import type { Mnist } from './dataset.ts'
import { MnistError } from './errors.ts'
import { loadMnistFolder } from './folder.ts'
import { loadSample } from './sample-asset.ts'

/** Which digits to load. */
export interface LoadOptions {
  /**
   * - a folder with the four IDX files;
   * - `'full'`: all 70,000 digits, from the folder in `MNIST_DIR` or from the cache folder, or an error;
   * - `'sample'`: the embedded sample, whatever else there is;
   * - left out: `MNIST_DIR` if set, else the cache folder if it is complete, else the embedded sample.
   *
   * A folder that happens to be called `sample` or `full` is written `./sample` or `./full`.
   */
  readonly data?: 'sample' | 'full' | (string & {}) | undefined
  /** The cache folder; {@link mnistCacheDir} by default. */
  readonly cacheDir?: string | undefined
}

/**
 * Loads MNIST. Only missing data falls through to the next source: a folder that is named but broken, or a file of the cache
 * whose checksum is wrong, is an error and never replaced in silence by fewer digits.
 *
 * @throws MnistError `data-not-found` (for `'full'`), `bad-option`, those of {@link loadMnistFolder} and
 * {@link loadSample}.
 */
export async function loadMnist(options: LoadOptions = {}): Promise<Mnist> {
  const { data } = options
  if (data === '') throw new MnistError('bad-option', "data is empty: name a folder, 'full' or 'sample'")
  if (data === 'sample') return loadSample()
  if (data !== undefined && data !== 'full') return loadMnistFolder(data)
  // In a browser there is neither environment nor cache; 'full' then fails below with the reason.
  if (data === undefined && !hasBuiltins()) return loadSample()
  return loadInstalled(data === 'full', options.cacheDir)
}

async function loadInstalled(full: boolean, override: string | undefined): Promise<Mnist> {
  const folder = builtins('loading all of MNIST').env.MNIST_DIR
  if (folder !== undefined && folder !== '') return loadMnistFolder(folder)
  const cache = mnistCacheDir(override)
  const missing = await missingFromCache(cache)
  if (missing.length === 0) return loadMnistFolder(cache, { verify: true })
  if (!full) return loadSample()
  throw new MnistError(
    'data-not-found',
    `all of MNIST is not on this machine: MNIST_DIR is not set, and ${cache} lacks ${missing.join(', ')}. Run \`secagg data download\`, or set MNIST_DIR to a folder with the four IDX files`,
    { file: cache },
  )
}
