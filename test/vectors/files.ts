import { readFileSync } from 'node:fs'
import type { VectorFile } from '../../src/secagg/testing/index.ts'

/** Every vector file that `scripts/make-vectors.mjs` writes. */
export const VECTOR_FILES = [
  'messages.json',
  'refused-messages.json',
  'operations.json',
  'refused-operations.json',
  'aggregation-semi-honest.json',
  'aggregation-semi-malicious.json',
  'aggregation-malicious-server.json',
] as const

/** A fresh copy of one vector file. */
export function vectorFile(name: string): VectorFile {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
}

/** The file of one kind, for those kinds of which there is one. */
export function fileOf<K extends VectorFile['kind']>(kind: K): Extract<VectorFile, { kind: K }> {
  return vectorFile(`${kind}.json`) as Extract<VectorFile, { kind: K }>
}
