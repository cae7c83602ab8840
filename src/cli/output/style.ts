import { styleText } from 'node:util'
import type { Io, Output } from '../io.ts'

/** Colours for people. Each leaves the text as it is where colour is not wanted. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
}

/** Colours on a terminal, unless `NO_COLOR` is set and not empty (https://no-color.org) or the terminal knows none. */
export function styleFor(output: Output, env: Io['env']): Style {
  const colourless = env.NO_COLOR !== undefined && env.NO_COLOR !== ''
  const enabled = output.isTTY === true && !colourless && env.TERM !== 'dumb'
  const paint = (format: keyof Style) => (text: string) =>
    enabled ? styleText(format, text, { validateStream: false }) : text
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow') }
}
