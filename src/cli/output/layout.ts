import { WIDTH } from '../io.ts'

/** One column of a table. */
export interface Column {
  readonly title: string
  readonly width: number
  readonly align: 'left' | 'right'
}

/** One line: every cell padded to its column's width, two spaces between them. */
export function row(columns: readonly Column[], cells: readonly string[]): string {
  const padded = columns.map(({ width, align }, i) => {
    const cell = cells[i] ?? ''
    return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
  })
  return `  ${padded.join('  ')}`.trimEnd()
}

/** The line of titles. */
export function header(columns: readonly Column[]): string {
  return row(
    columns,
    columns.map(({ title }) => title),
  )
}

/**
 * Breaks text into lines of at most `width`, all indented.
 *
 * @param first what stands before the first line, in place of its indentation
 */
export function wrap(
  text: string,
  indent: number,
  first: string = ' '.repeat(indent),
  width: number = WIDTH,
): string[] {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of text.split(/\s+/).flatMap(word => chop(word, width - indent))) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ' '.repeat(indent)
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line]
}

/** A word that is longer than a line (a path, a hash) has to break somewhere. */
function chop(word: string, size: number): string[] {
  const pieces: string[] = []
  for (let at = 0; at < word.length; at += size) pieces.push(word.slice(at, at + size))
  return pieces
}

/** Aligned `name  value` lines; long values continue below themselves. */
export function facts(entries: readonly (readonly [name: string, value: string])[]): string[] {
  const indent = 4 + Math.max(...entries.map(([name]) => name.length))
  return entries.flatMap(([name, value]) => wrap(value, indent, `  ${name.padEnd(indent - 2)}`))
}
