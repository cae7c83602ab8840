import { builtins } from './builtins.ts'
import { MnistError } from './errors.ts'
import { MNIST_FILES } from './files.ts'

/**
 * The folder that `secagg data download` fills: `$XDG_CACHE_HOME/secagg/mnist`, or `~/.cache/secagg/mnist`. A relative
 * XDG_CACHE_HOME is ignored, as the XDG Base Directory Specification demands.
 *
 * @param override - a folder to use instead.
 * @throws MnistError `needs-node` in a browser, `bad-option` when `override` is empty.
 */
export function mnistCacheDir(override?: string): string {
  const { path, os, env } = builtins('the MNIST cache folder')
  if (override === '') throw new MnistError('bad-option', 'cacheDir is empty: leave it out or name a folder')
  if (override !== undefined) return path.resolve(override)
  const xdg = env.XDG_CACHE_HOME
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), '.cache')
  return path.join(base, 'secagg', 'mnist')
}

/** Which of the four files the cache folder still lacks, by canonical name. */
export async function missingFromCache(folder: string): Promise<readonly string[]> {
  const { fs, path } = builtins('the MNIST cache folder')
  const names = Object.values(MNIST_FILES).map(file => file.name)
  const present = await Promise.all(
    names.map(name =>
      fs.access(path.join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return names.filter((_, i) => !present[i])
}
