import { CommanderError } from 'commander'
import { INTERRUPTED_EXIT_CODE, Interrupted } from './interrupt.ts'
import type { Io } from './io.ts'
import { styleFor } from './output/style.ts'
import { explain } from './problems.ts'
import { createProgram } from './program.ts'

/** Runs one command line, without the interpreter's and the script's name. Gives the exit code; never throws. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0
  const program = createProgram(io, code => {
    exitCode = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has already said what is wrong. Its own exit code for that is 1; ours is 2, as is usual.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    // The command has said so itself, and what became of its work.
    if (error instanceof Interrupted) return INTERRUPTED_EXIT_CODE
    return reportProblem(error, args.includes('--debug'), io)
  }
}

function reportProblem(error: unknown, debug: boolean, io: Io): number {
  const { message, hint, exitCode, expected } = explain(error)
  const style = styleFor(io.stderr, io.env)
  io.stderr.write(`${style.red('secagg:')} ${message}\n`)
  if (hint !== undefined && (expected || !debug)) io.stderr.write(`  ${style.dim('hint:')} ${hint}\n`)
  if (debug && error instanceof Error) io.stderr.write(`${error.stack}\n`)
  return exitCode
}
