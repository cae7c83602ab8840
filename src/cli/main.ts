#!/usr/bin/env node
import { processIo } from './io.ts'
import { runCli } from './run.ts'

// `secagg train --json | head -1` closes the pipe: that is not an error worth a stack.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await runCli(process.argv.slice(2), processIo())
