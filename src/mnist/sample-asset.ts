import { builtins, hasBuiltins, systemCode } from './builtins.ts'
import type { Mnist } from './dataset.ts'
import { MnistError } from './errors.ts'
import { parseSample } from './sample.ts'

/** Where the packed sample lies: the same two folders up from `src/mnist/` and from `dist/mnist/`. */
export function sampleUrl(): URL {
  return new URL('../../assets/mnist-sample.bin.gz', import.meta.url)
}

/**
 * Loads the embedded sample (see {@link parseSample}): from the file system in Node, by `fetch` in a browser.
 *
 * @param url - where it lies; the package's own asset by default.
 * @throws MnistError `sample-missing` when it is not there, and those of {@link parseSample}.
 */
export async function loadSample(url?: URL): Promise<Mnist> {
  const place = url ?? ownUrl()
  return parseSample(place.protocol === 'file:' && hasBuiltins() ? await readAsset(place) : await fetchAsset(place))
}

function ownUrl(): URL {
  try {
    return sampleUrl()
  } catch (cause) {
    // A bundle in a format without import.meta.url does not know where it lies itself.
    throw missing('the bundled code does not know its own address', cause)
  }
}

async function readAsset(url: URL): Promise<Uint8Array> {
  try {
    return new Uint8Array(await builtins('loading the embedded sample').fs.readFile(url))
  } catch (cause) {
    throw missing(`${url.pathname} cannot be read (${systemCode(cause) ?? cause})`, cause)
  }
}

async function fetchAsset(url: URL): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetch(url)
  } catch (cause) {
    throw missing(`${url.href} cannot be fetched`, cause)
  }
  if (!response.ok) throw missing(`${url.href} answers HTTP ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

function missing(what: string, cause?: unknown): MnistError {
  return new MnistError(
    'sample-missing',
    `the embedded sample is missing: ${what}. In a checkout run \`npm run build\`; in a bundle give its bytes to parseSample()`,
    { file: 'mnist-sample.bin.gz', cause },
  )
}
