import { MnistError } from './errors.ts'

/** The modules of Node that the file-based sources need. */
export interface Builtins {
  readonly fs: typeof import('node:fs/promises')
  readonly path: typeof import('node:path')
  readonly os: typeof import('node:os')
  readonly crypto: typeof import('node:crypto')
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Whether this runtime has files and environment variables. */
export function hasBuiltins(): boolean {
  return typeof globalThis.process?.getBuiltinModule === 'function'
}

/**
 * Node's own modules, asked for at run time. There is no `node:` import anywhere in `secagg/mnist`, so it loads in a
 * browser and every bundler takes it as it is.
 *
 * @param what - what cannot be done without them, for the error.
 * @throws MnistError `needs-node` in a browser.
 */
export function builtins(what: string): Builtins {
  if (!hasBuiltins()) {
    throw new MnistError(
      'needs-node',
      `${what} needs files and so Node 20.16 or later; in a browser give the bytes to parseSample(), parseIdxImages() and parseIdxLabels()`,
    )
  }
  const { process } = globalThis
  return {
    fs: process.getBuiltinModule('node:fs/promises'),
    path: process.getBuiltinModule('node:path'),
    os: process.getBuiltinModule('node:os'),
    crypto: process.getBuiltinModule('node:crypto'),
    env: process.env,
  }
}

/** The `code` of an error from the file system, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
