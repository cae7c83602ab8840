import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { TYPE_CODES } from '../../src/secagg/messages/frame.ts'
import { runVectors, type VectorFile } from '../../src/secagg/testing/index.ts'

/** Recorded once, when version 1 of the format was settled. Whoever changes it has changed the format. */
const FIRST = {
  file: 'history/v1-first.json',
  sha256: '29e61e6e7fd6bfb71cfc61a372f256088420a51375e04f9b084ada96502cbfba',
}

const bytes = readFileSync(new URL(FIRST.file, import.meta.url))
const file: VectorFile = JSON.parse(bytes.toString())

it('the first vectors of version 1 are as they were recorded', () => {
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(FIRST.sha256)
})

it('the first vectors of version 1 still decode, and encode to the same bytes', async () => {
  const { cases } = await runVectors(file)
  expect(cases.filter(({ passed }) => !passed)).toEqual([])
  const types = file.kind === 'messages' ? file.cases.map(({ message }) => message.type) : []
  expect([...new Set(types)].sort()).toEqual(Object.keys(TYPE_CODES).sort())
})
