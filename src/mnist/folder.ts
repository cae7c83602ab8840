import { type Builtins, builtins, systemCode } from './builtins.ts'
import { ImageDataset, type Mnist } from './dataset.ts'
import { MnistError } from './errors.ts'
import { MNIST_FILES, type MnistFile, namesOf } from './files.ts'
import { isGzip } from './gzip.ts'
import { parseIdxImages, parseIdxLabels } from './idx.ts'

/** How {@link loadMnistFolder} treats what it finds. */
export interface FolderOptions {
  /**
   * `true` refuses every file whose SHA-256 is not that of MNIST; a gzip file that was compressed anew is then refused too,
   * before it is decompressed. `false` (default): any well-formed IDX files of 28 x 28 digits will do.
   */
  readonly verify?: boolean | undefined
}

interface FoundFile {
  readonly path: string
  readonly bytes: Uint8Array
  /** Its checksum is that of MNIST. */
  readonly genuine: boolean
}

/**
 * Loads the four IDX files of a folder, gzip or plain: `train-images-idx3-ubyte[.gz]`, `train-labels-idx1-ubyte[.gz]`,
 * `t10k-images-idx3-ubyte[.gz]` and `t10k-labels-idx1-ubyte[.gz]`, also as `train-images.idx3-ubyte[.gz]` and so on. Other
 * digits than MNIST's are welcome unless `verify` is set, but only MNIST's own test files are called `MNIST test set`.
 *
 * @throws MnistError `folder-missing`, `file-missing`, `file-unreadable`, `checksum-mismatch` (with `verify`),
 * `count-mismatch` when images and labels disagree, those of {@link parseIdxImages}, and `needs-node` in a browser.
 */
export async function loadMnistFolder(folder: string, options: FolderOptions = {}): Promise<Mnist> {
  const node = builtins('loading MNIST from a folder')
  const root = node.path.resolve(folder)
  await checkFolder(node, root)
  const find = (file: MnistFile) => findFile(node, root, file, options.verify ?? false)
  const train = await loadPair(await find(MNIST_FILES.trainImages), await find(MNIST_FILES.trainLabels))
  const test = await loadPair(await find(MNIST_FILES.testImages), await find(MNIST_FILES.testLabels))
  return {
    source: train.genuine && test.genuine ? `MNIST (${root})` : `IDX files of ${root}`,
    train: train.dataset,
    test: test.dataset,
    testName: test.genuine ? 'MNIST test set' : `test files of ${root}`,
  }
}

async function checkFolder({ fs }: Builtins, root: string): Promise<void> {
  const stat = await fs.stat(root).catch((cause: unknown) => {
    throw new MnistError('folder-missing', `the MNIST folder ${root} cannot be opened (${systemCode(cause)})`, {
      file: root,
      cause,
    })
  })
  if (!stat.isDirectory()) {
    throw new MnistError('folder-missing', `${root} is not a folder: name the one that holds the four IDX files`, {
      file: root,
    })
  }
}

async function findFile(node: Builtins, root: string, file: MnistFile, verify: boolean): Promise<FoundFile> {
  for (const name of namesOf(file)) {
    const path = node.path.join(root, name)
    const bytes = await readIfPresent(node, path)
    if (bytes === undefined) continue
    const expected = isGzip(bytes) ? file.sha256 : file.contentSha256
    const actual = node.crypto.createHash('sha256').update(bytes).digest('hex')
    if (verify && actual !== expected) throw notGenuine(path, expected, actual)
    return { path, bytes, genuine: actual === expected }
  }
  const looked = namesOf(file).join(', ')
  throw new MnistError('file-missing', `${root} lacks an MNIST file: none of ${looked}`, { file: file.name })
}

async function readIfPresent({ fs }: Builtins, path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await fs.readFile(path))
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw new MnistError('file-unreadable', `${path} cannot be read (${systemCode(cause)})`, { file: path, cause })
  }
}

function notGenuine(path: string, expected: string, actual: string): MnistError {
  const message = `${path} is not the file of MNIST: SHA-256 expected ${expected}, found ${actual}; delete it and get a fresh copy (\`secagg data download\`)`
  return new MnistError('checksum-mismatch', message, { file: path, expected, actual })
}

async function loadPair(images: FoundFile, labels: FoundFile): Promise<{ dataset: ImageDataset; genuine: boolean }> {
  const { count, pixels } = await parseIdxImages(images.bytes, images.path)
  const digits = await parseIdxLabels(labels.bytes, labels.path)
  if (count !== digits.length) {
    throw new MnistError(
      'count-mismatch',
      `${images.path} holds ${count} images but ${labels.path} ${digits.length} labels: they do not belong together`,
      { file: labels.path, expected: count, actual: digits.length },
    )
  }
  return { dataset: new ImageDataset(pixels, digits), genuine: images.genuine && labels.genuine }
}
