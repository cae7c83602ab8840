import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLIENT = `${ROOT}src/secagg/client/`
/** Where the client's code names a refusal: `refuse(code`, `new RefusalError(code` or the `code` of a problem found. */
const CODE = /(?:refuse\(|RefusalError\(|\bcode:)\s*'([a-z-]+)'/g

function codesIn(file: string): string[] {
  return Array.from(readFileSync(file, 'utf8').matchAll(CODE), ([, code]) => code!)
}

/** The codes in the second column of the table under "What a client refuses". */
function documentedCodes(): string[] {
  const page = readFileSync(`${ROOT}docs/threat-model.md`, 'utf8')
  const section = page.split('\n## ').find(part => part.startsWith('What a client refuses\n'))!
  const rows = section.split('\n').filter(line => line.startsWith('|'))
  return rows.flatMap(row => Array.from(row.split('|')[2]!.matchAll(/`([a-z-]+)`/g), ([, code]) => code!))
}

it('the threat model lists exactly the refusals of the client’s code', () => {
  const files = readdirSync(CLIENT).map(name => CLIENT + name)
  const codes = [...files, `${ROOT}src/secagg/parameters.ts`].flatMap(codesIn)
  // A problem of parameters that nobody sent is the caller's, and no refusal.
  const refusals = codes.filter(code => !['too-many-sharers', 'graph-not-complete', 'bad-parameter'].includes(code))
  expect(refusals.length).toBeGreaterThan(30)
  expect([...new Set(documentedCodes())].sort()).toEqual([...new Set(refusals)].sort())
})
