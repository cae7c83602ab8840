import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import { DECODE_CODES } from '../../../src/secagg/messages/codec.ts'
import { decodeMessage, encodeMessage, TYPE_CODES } from '../../../src/secagg/messages/frame.ts'
import type { Message } from '../../../src/secagg/messages/message.ts'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import { LIMITS } from './arbitraries.ts'
import { fill } from './support.ts'

const page = readFileSync(new URL('../../../docs/wire-format.md', import.meta.url), 'utf8')

const examples = [...page.matchAll(/```hex\n([^`]*)```/g)].map(([, hex]) =>
  Uint8Array.from(hex!.replace(/\s/g, '').match(/../g)!, byte => Number.parseInt(byte, 16)),
)
const session = fill(0xaa, 32)
const signature = fill(0xee, 64)

const described: Message[] = [
  { type: 'ConsistencyCheck', session, sender: 'bob', signature },
  {
    type: 'MaskedInput',
    session,
    sender: 'bob',
    vectorLength: 1000,
    firstEntry: 500,
    digest: fill(0xdd, 32),
    range: RingVector.fromWords(Uint32Array.of(0xabc, 0x123, 0xfff), 3, 12),
  },
  {
    type: 'UnmaskingRequest',
    session,
    survivors: PositionSet.of(10, [1, 2, 9]),
    dropped: PositionSet.of(10, [0]),
    signatures: [{ position: 2, signature }],
  },
]

it('the examples of docs/wire-format.md are the messages that it describes', () => {
  expect(examples.map(bytes => decodeMessage(bytes, LIMITS))).toEqual(described)
  expect(described.map(message => encodeMessage(message))).toEqual(examples)
})

it('docs/wire-format.md lists every type code and no other', () => {
  const rows = [...page.matchAll(/^\| `0x(..)` \| (\w+) \| (\w+) /gm)].map(([, code, type]) => [
    type,
    Number(`0x${code}`),
  ])
  expect(Object.fromEntries(rows)).toEqual(TYPE_CODES)
})

it('docs/wire-format.md lists every code of a refusal and no other', () => {
  const table = page.slice(page.indexOf('## What a decoder refuses'), page.indexOf('## Transcripts'))
  const cells = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) => cell!).join()
  expect([...cells.matchAll(/`([a-z0-9-]+)`/g)].map(([, code]) => code).sort()).toEqual([...DECODE_CODES].sort())
})
