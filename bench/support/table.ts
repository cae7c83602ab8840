/** One line of a table: a name, and cells aligned on the right. */
export function tableRow(name: string, cells: readonly string[], { first = 30, width = 11 } = {}): string {
  return `${name.padEnd(first)}${cells.map(cell => cell.padStart(width)).join('')}`
}

/** Seconds with as many digits as a reader needs. */
export function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`
}

export function milliseconds(value: number): string {
  const ms = 1000 * value
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0)
}

export function bytes(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} x`
}
