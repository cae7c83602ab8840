import { CnnError, INSTALL_COMMAND } from '../cnn/index.ts'
import { SecAggError } from '../index.ts'
import { MnistError } from '../mnist/index.ts'

/** What the command was told does not fit (exit code 2), or what it wanted to do cannot be done (1). */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly hint: string | undefined
  readonly exitCode: 1 | 2

  constructor(message: string, options: { hint?: string; exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.exitCode = options.exitCode ?? 1
  }
}

/** An error in words for the user. */
export interface Problem {
  /** One line. */
  readonly message: string
  readonly hint?: string
  readonly exitCode: number
  /** False for a bug of ours: then the stack is worth seeing. */
  readonly expected: boolean
}

/** Codes of typed errors that mean: the command line asked for something that cannot be. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'bad-option',
  'bad-parameter',
  'bad-privacy',
  'bad-setting',
  'cohort-too-small',
  'encoding-spec',
  'engine-unknown',
  'infeasible-parameters',
  'invalid-belief',
  'invalid-option',
  'invalid-training-settings',
  'modulus-too-wide',
  'more-workers-than-examples',
  'network-unknown',
  'partition-infeasible',
  'small-cohort',
  'threshold-above-cohort',
  'threshold-too-low',
  'too-many-sharers',
  'vector-too-long',
])

const HINTS: Readonly<Record<string, string>> = {
  'cache-unwritable': 'choose another folder with --dir, or set XDG_CACHE_HOME',
  'checksum-mismatch': 'delete that file and run: secagg data download',
  'data-not-found': 'run: secagg data download, or train on the embedded digits with --data sample',
  'download-failed': 'run the command again: it resumes where it stopped',
  'engine-failed': 'try another engine: --engine wasm',
  'file-missing': 'name a folder that holds the four IDX files, or use --data sample',
  'folder-missing': 'name a folder that holds the four IDX files, or use --data sample',
  diverged: 'lower --learning-rate',
  'infeasible-parameters':
    'the options are --corrupt (corruptFraction), --dropout (dropoutFraction), --security, --correctness, --clients',
  'learner-misbehaved': 'lower --learning-rate',
  'model-file-malformed': 'a model is saved by: secagg train --out model.safetensors',
  'model-mismatch': 'a model is saved by: secagg train --out model.safetensors',
  'modulus-too-wide': 'lower --bits, or --workers or --clients',
  'more-workers-than-examples': 'lower --workers, or use more digits: --data full',
  'partition-infeasible': 'raise alpha in --partition dirichlet:alpha, or lower --workers',
  'threshold-above-cohort': 'lower --threshold, or raise --workers',
  'threshold-too-low': 'raise --threshold, or leave it out',
}

/** Puts any error into words. */
export function explain(error: unknown): Problem {
  if (error instanceof CliError) {
    const { message, hint, exitCode } = error
    return { message: oneLine(message), ...(hint !== undefined && { hint }), exitCode, expected: true }
  }
  if (error instanceof CnnError && error.code === 'tensorflow-missing') {
    const message = 'TensorFlow.js, which the networks run on, is not installed'
    return { message, hint: `install it: ${INSTALL_COMMAND}`, exitCode: 1, expected: true }
  }
  if (error instanceof CnnError || error instanceof MnistError || error instanceof SecAggError) {
    const hint = HINTS[error.code]
    const exitCode = USAGE_CODES.has(error.code) ? 2 : 1
    return { message: oneLine(error.message), ...(hint !== undefined && { hint }), exitCode, expected: true }
  }
  const message = `unexpected error: ${oneLine(error instanceof Error ? error.message : String(error))}`
  return { message, hint: 'run it again with --debug to see where, and please report it', exitCode: 1, expected: false }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
