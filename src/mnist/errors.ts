/** Every way in which loading MNIST can fail, stable and machine-readable. */
export type MnistErrorCode =
  | 'bad-option'
  | 'cache-unwritable'
  | 'checksum-mismatch'
  | 'count-mismatch'
  | 'data-not-found'
  | 'dataset-index-out-of-range'
  | 'dataset-shape'
  | 'download-failed'
  | 'download-http-status'
  | 'download-interrupted'
  | 'download-stalled'
  | 'download-wrong-size'
  | 'file-missing'
  | 'file-unreadable'
  | 'folder-missing'
  | 'gzip-corrupt'
  | 'gzip-too-large'
  | 'idx-count-too-large'
  | 'idx-trailing-bytes'
  | 'idx-truncated'
  | 'idx-wrong-dimensions'
  | 'idx-wrong-magic'
  | 'label-out-of-range'
  | 'needs-node'
  | 'sample-corrupt'
  | 'sample-missing'

/** What went wrong, where: the file, the byte, what stood there and what should have. */
export interface MnistErrorContext {
  /** Name or path of the file. */
  readonly file?: string
  /** Byte offset into the (decompressed) file. */
  readonly offset?: number
  readonly expected?: string | number
  readonly actual?: string | number
  readonly cause?: unknown
}

/** The one error of `secagg/mnist`; its {@link MnistError.code} says which. */
export class MnistError extends Error {
  override readonly name: string = 'MnistError'
  readonly code: MnistErrorCode
  readonly file?: string
  readonly offset?: number
  readonly expected?: string | number
  readonly actual?: string | number

  constructor(code: MnistErrorCode, message: string, context: MnistErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.code = code
    if (context.file !== undefined) this.file = context.file
    if (context.offset !== undefined) this.offset = context.offset
    if (context.expected !== undefined) this.expected = context.expected
    if (context.actual !== undefined) this.actual = context.actual
  }
}
