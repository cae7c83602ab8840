import { packBits, unpackBits } from '../../encoding/pack.ts'
import { RingVector } from '../../encoding/ring.ts'
import { addKeystream } from '../../primitives/prg.ts'
import { entriesOf, toHex, vectorOf } from './json.ts'
import type { Operations } from './operation.ts'

/** Ring vectors: masks and packing. */
export const encodingOperations: Operations = {
  async 'expand-mask'(input) {
    const mask = RingVector.zeros(input.number('entries'), input.number('modulusBits'))
    await addKeystream(input.bytes('key'), input.number('firstEntry') * mask.lanes, mask.words, 1, mask.lanes)
    return { mask: entriesOf(mask.reduce()) }
  },
  pack: input => ({ bytes: toHex(packBits(vectorOf(input.texts('entries'), input.number('modulusBits')))) }),
  unpack: input => ({
    entries: entriesOf(unpackBits(input.bytes('bytes'), input.number('length'), input.number('modulusBits'))),
  }),
}
