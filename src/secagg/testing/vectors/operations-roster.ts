import { assignPositions, neighboursOf } from '../../graph/index.ts'
import { leafBytes, type RosterEntry } from '../../messages/roster.ts'
import { MerkleTree, verifyMultiproof } from '../../primitives/merkle.ts'
import { type Fields, toHex } from './json.ts'
import { acceptIf, type Operations } from './operation.ts'
import { graphOf } from './operations-transcripts.ts'

/** Places on the graph, and the Merkle tree over them. */
export const rosterOperations: Operations = {
  'deal-positions': async input => ({ ids: await assignPositions(input.texts('ids'), input.bytes('seed')) }),
  neighbours: input => ({
    neighbours: neighboursOf(input.number('position'), input.number('size'), graphOf(input.object('graph'))),
  }),
  'roster-leaf': input => ({ leaf: toHex(leafBytes(entryOf(input))) }),
  'prove-leaves'(input) {
    const tree = new MerkleTree(input.allBytes('leaves'))
    return { root: toHex(tree.root), proof: tree.prove(input.numbers('positions')).map(toHex) }
  },
  'verify-proof'(input) {
    const leaves = input.objects('leaves').map(leaf => [leaf.number('position'), leaf.bytes('leaf')] as const)
    const holds = verifyMultiproof(input.bytes('root'), input.number('size'), new Map(leaves), input.allBytes('proof'))
    return acceptIf(holds, 'bad-roster-proof')
  },
}

function entryOf(input: Fields): RosterEntry {
  const entry = {
    position: input.number('position'),
    id: input.text('id'),
    encryptionKey: input.bytes('encryptionKey'),
    maskKey: input.bytes('maskKey'),
  }
  if (!input.has('credential')) return entry
  const credential = input.object('credential')
  return {
    ...entry,
    credential: {
      verificationKey: credential.bytes('verificationKey'),
      expiry: credential.number('expiry'),
      signature: credential.bytes('signature'),
    },
  }
}
