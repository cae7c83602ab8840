/** One of the four files of MNIST, and how its bytes are recognized. */
export interface MnistFile {
  /** Canonical name of the gzip file, as mirrors serve it. */
  readonly name: string
  /** Size of the gzip file, in bytes. */
  readonly bytes: number
  /** SHA-256 of the gzip file, in hexadecimal. */
  readonly sha256: string
  /** SHA-256 of the IDX file inside, in hexadecimal: a plain file is recognized by it. */
  readonly contentSha256: string
}

/** The four files of MNIST (LeCun, Cortes and Burges), by what they hold. */
export const MNIST_FILES: {
  readonly trainImages: MnistFile
  readonly trainLabels: MnistFile
  readonly testImages: MnistFile
  readonly testLabels: MnistFile
} = {
  trainImages: {
    name: 'train-images-idx3-ubyte.gz',
    bytes: 9_912_422,
    sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
    contentSha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte.gz',
    bytes: 28_881,
    sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
    contentSha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte.gz',
    bytes: 1_648_877,
    sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
    contentSha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte.gz',
    bytes: 4_542,
    sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    contentSha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
}

/** Public mirrors of the four gzip files, tried in this order. No mirror is trusted: every file is checked by SHA-256. */
export const MNIST_MIRRORS: readonly string[] = [
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
]

/**
 * The names under which a file is found in the wild, in the order in which they are looked for: gzip or plain, and with the
 * dot that some archives have in place of a hyphen (`train-images.idx3-ubyte`).
 */
export function namesOf(file: MnistFile): readonly string[] {
  const plain = file.name.replace(/\.gz$/, '')
  const dotted = plain.replace('-idx', '.idx')
  return [file.name, plain, `${dotted}.gz`, dotted]
}
