/** What went wrong, in a word that programs can test. Stable. */
export type CnnErrorCode =
  | 'tensorflow-missing'
  | 'engine-unknown'
  | 'engine-failed'
  | 'network-unknown'
  | 'model-mismatch'
  | 'bad-data'
  | 'no-examples'
  | 'bad-setting'
  | 'diverged'
  | 'disposed'

/** The one error that this layer throws (an abort throws the signal's own reason). The message says what to do. */
export class CnnError extends Error {
  override readonly name = 'CnnError'
  readonly code: CnnErrorCode

  constructor(code: CnnErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
