import { Option } from 'commander'
import type { EngineChoice } from '../../cnn/index.ts'

const ENGINES: readonly EngineChoice[] = ['auto', 'tfjs-node', 'wasm', 'cpu']

/** `--data`: which digits. */
export function dataOption(): Option {
  return new Option(
    '--data <where>',
    'digits: sample (embedded), full (all of MNIST), a folder of IDX files, or auto: MNIST_DIR, else what was downloaded, else the sample',
  ).default('auto')
}

/** `--engine`: what computes. */
export function engineOption(): Option {
  return new Option('--engine <name>', 'what computes; auto is the fastest one installed')
    .choices(ENGINES)
    .default('auto')
}

/** Lines for the end of a help text: what to type, and what it is for. */
export function helpExamples(...examples: readonly (readonly [command: string, purpose: string])[]): string {
  const width = Math.max(...examples.map(([command]) => command.length))
  const lines = examples.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`)
  return `\nExamples:\n${lines.join('\n')}`
}
