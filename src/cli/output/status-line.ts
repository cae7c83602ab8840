import type { Output } from '../io.ts'
import { WIDTH } from '../io.ts'

/** Back to the start of the line, and erase it (ECMA-48: EL with parameter 2). */
const ERASE = '\r\u001b[2K'

/** A line on a terminal that is written over and over: what is going on right now. Elsewhere it is silent. */
export class StatusLine {
  readonly #output: Output
  #shown = false

  constructor(output: Output) {
    this.#output = output
  }

  /** Shows `text`, cut to the width of the terminal: a line that wraps could not be erased. */
  show(text: string): void {
    if (this.#output.isTTY !== true) return
    const width = Math.min(this.#output.columns ?? WIDTH, WIDTH)
    this.#output.write(`${ERASE}${text.slice(0, width - 1)}`)
    this.#shown = true
  }

  /** Makes room for output proper. */
  clear(): void {
    if (!this.#shown) return
    this.#output.write(ERASE)
    this.#shown = false
  }
}
