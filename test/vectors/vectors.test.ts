import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DECODE_CODES } from '../../src/secagg/messages/codec.ts'
import { TYPE_CODES } from '../../src/secagg/messages/frame.ts'
import { runVectors, type VectorFile } from '../../src/secagg/testing/index.ts'
import { fileOf, VECTOR_FILES, vectorFile } from './files.ts'

/** Every case that is about a refusal, and what it asks for. */
function refusalsOf(file: VectorFile): { name: string; step: string; code: string }[] {
  switch (file.kind) {
    case 'refused-messages':
    case 'refused-operations':
      return file.cases.map(({ name, refused }) => ({ name, ...refused }))
    case 'aggregation':
      return file.refusals.map(({ name, refused }) => ({ name: `${file.aggregation.name}: ${name}`, ...refused }))
    default:
      return []
  }
}

describe.each(VECTOR_FILES)('%s', name => {
  it('holds: every good case comes out, every bad one is refused at the step and by the code that it names', async () => {
    const file = vectorFile(name)
    const report = await runVectors(file)
    expect(report.cases.filter(({ passed }) => !passed)).toEqual([])
    expect(report).toMatchObject({ failed: 0, passed: report.cases.length })
    const refused = report.cases.filter(({ code }) => code !== undefined)
    expect(refused.map(({ name: vector, step, code }) => ({ name: vector, step, code }))).toEqual(refusalsOf(file))
    const names = report.cases.map(result => result.name)
    expect(
      names.filter((vector, i) => names.indexOf(vector) !== i),
      'named twice',
    ).toEqual([])
  })
})

describe('the vector files', () => {
  it('are all there is in their folder', () => {
    const found = readdirSync(new URL('.', import.meta.url)).filter(file => file.endsWith('.json'))
    expect(found.sort()).toEqual([...VECTOR_FILES].sort())
  })

  it('are what the script writes: the same bytes each time', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    expect(execFileSync(process.execPath, ['scripts/make-vectors.mjs', '--check'], { cwd: root }).toString()).toBe('')
  })

  it('stay small, and plain ASCII', () => {
    const paths = VECTOR_FILES.map(file => new URL(file, import.meta.url))
    expect(paths.reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(600_000)
    for (const path of paths) expect(readFileSync(path, 'latin1')).toMatch(/^[\n -~]*$/)
  })

  it('hold every type of message', () => {
    const types = new Set(fileOf('messages').cases.map(({ message }) => message.type))
    expect([...types].sort()).toEqual(Object.keys(TYPE_CODES).sort())
  })

  it('refuse by every code that a decoder has', () => {
    const codes = new Set(fileOf('refused-messages').cases.map(({ refused }) => refused.code))
    expect([...codes].sort()).toEqual([...DECODE_CODES].sort())
  })

  it('pack every modulus from 1 to 62 bits', () => {
    const moduli = fileOf('messages').cases.flatMap(({ message }) => {
      const range = message.range as { modulusBits: number } | undefined
      return range === undefined ? [] : [range.modulusBits]
    })
    expect(new Set(moduli).size).toBe(62)
  })

  it('hold an aggregation with dropouts in every threat model', () => {
    for (const model of ['semi-honest', 'semi-malicious', 'malicious-server']) {
      const file = vectorFile(`aggregation-${model}.json`)
      if (file.kind !== 'aggregation') throw new Error(file.kind)
      expect(file.aggregation.parameters.threatModel).toBe(model)
      expect(file.aggregation.clients.some(({ dropsOut }) => dropsOut !== undefined)).toBe(true)
    }
  })
})
