import { expect, test } from 'vitest'
import { StatusLine } from '../../../src/cli/output/status-line.ts'
import { styleFor } from '../../../src/cli/output/style.ts'
import { plain } from '../support.ts'

const terminal = { write() {}, isTTY: true }
const file = { write() {} }

test('a terminal gets colours', () => {
  const red = styleFor(terminal, {}).red('text')
  expect(red).not.toBe('text')
  expect(plain(red)).toBe('text')
})

test('a file, NO_COLOR and a dumb terminal get none', () => {
  expect(styleFor(file, {}).red('text')).toBe('text')
  expect(styleFor(terminal, { NO_COLOR: '1' }).bold('text')).toBe('text')
  expect(styleFor(terminal, { TERM: 'dumb' }).green('text')).toBe('text')
})

test('an empty NO_COLOR does not count, as no-color.org has it', () => {
  expect(styleFor(terminal, { NO_COLOR: '' }).red('text')).not.toBe('text')
})

test('a status line is for terminals only, fits on one line and erases itself once', () => {
  const written: string[] = []
  const output = { write: (text: string) => written.push(text), isTTY: true, columns: 20 }
  const status = new StatusLine(output)
  status.show('x'.repeat(100))
  expect(plain(written[0]!).trim()).toHaveLength(19)
  status.clear()
  status.clear()
  expect(written).toHaveLength(2)
  new StatusLine({ ...output, isTTY: false }).show('text')
  expect(written).toHaveLength(2)
})
