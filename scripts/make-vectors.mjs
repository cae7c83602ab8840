// Writes test/vectors/*.json. Everything in them follows from fixed seeds: run twice, it gives the same bytes.
// `--check` writes nothing and fails when a file on disk is another than it would write. test/vectors/history is left alone.
import { readFileSync, writeFileSync } from 'node:fs'
import { runVectors, VECTOR_FORMAT } from 'secagg/testing'
import { aggregationFiles } from './vectors/aggregations.mjs'
import { formatJson } from './vectors/format-json.mjs'
import { messageFile } from './vectors/messages.mjs'
import { operationFile } from './vectors/operations.mjs'
import { refusedMessageFile } from './vectors/refused-messages.mjs'
import { refusedOperationFile } from './vectors/refused-operations.mjs'

const FOLDER = new URL('../test/vectors/', import.meta.url)
const check = process.argv.includes('--check')

const files = {
  'messages.json': messageFile(),
  'refused-messages.json': refusedMessageFile(),
  'operations.json': await operationFile(),
  'refused-operations.json': refusedOperationFile(),
  ...(await aggregationFiles()),
}

const problems = []
for (const [name, content] of Object.entries(files)) {
  const file = { format: VECTOR_FORMAT, ...content }
  for (const { name: vector, passed, detail } of (await runVectors(file)).cases) {
    if (!passed) problems.push(`${name}: ${vector}: ${detail}`)
  }
  const text = formatJson(file)
  const path = new URL(name, FOLDER)
  if (!check && problems.length === 0) writeFileSync(path, text)
  if (check && readFileSync(path, 'utf8') !== text) problems.push(`${name} is not what this script writes`)
  if (!check) console.log(`${name}: ${text.length} bytes`)
}
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
