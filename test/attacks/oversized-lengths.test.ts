/**
 * Lengths that are too large: more entries than the vector has, packed so tightly that unpacking multiplies them; a length
 * that the frame does not bear out; and many inputs that begin and never end. All of them are after the server's memory.
 *
 * Source: CWE-789 (memory allocation with excessive size value) and CWE-409 (data amplification).
 */
import type { MaskedInput } from '../../src/secagg/messages/masked-input.ts'
import { broken, describeAttack, type Guard, type Library, stopped, type Verdict } from './support/attack.ts'
import { aggregate } from './support/run.ts'
import { attempt, cast, Scene } from './support/scene.ts'

const MALLORY = 'peer5'
const ENTRIES = 2 ** 22
/** In a MaskedInput of a sender with five letters: after the prefix (16), the session (32) and the sender (6). */
const VECTOR_LENGTH_AT = 54
const RANGE_ENTRIES_AT = VECTOR_LENGTH_AT + 16

function frameOf(lib: Library, entries: number): Uint8Array {
  const message: MaskedInput = {
    ...{ type: 'MaskedInput', session: new Uint8Array(32), sender: MALLORY, digest: new Uint8Array(32) },
    ...{ vectorLength: entries, firstEntry: 0, range: lib.RingVector.zeros(entries, 1) },
  }
  return lib.encodeMessage(message)
}

/** Decodes for a session whose vectors have 8 entries. */
function decode(lib: Library, frame: Uint8Array): Promise<Verdict> {
  return attempt(async () => {
    const { parameters } = new Scene(lib)
    const { range } = lib.decodeClientMessage(frame, lib.limitsFor(parameters)) as MaskedInput
    return broken(`${range.words.byteLength / 2 ** 20} MiB are allocated`)
  })
}

function claimMore(lib: Library): Promise<Verdict> {
  const frame = frameOf(lib, 8)
  const view = new DataView(frame.buffer)
  for (const at of [VECTOR_LENGTH_AT, RANGE_ENTRIES_AT]) view.setBigUint64(at, BigInt(ENTRIES))
  return decode(lib, frame)
}

const limits: Guard = {
  name: "the session's limits",
  alone: stopped('beyond-limit'),
  patches: [{ file: 'messages/codec.ts', find: 'if (value > most) throw', replace: 'if (false) throw' }],
}

describeAttack({
  title: 'more entries than the vector has, of one bit each',
  run: lib => decode(lib, frameOf(lib, ENTRIES)),
  honest: stopped('beyond-limit'),
  unguarded: broken('16 MiB are allocated'),
  guards: [limits],
})

describeAttack({
  title: 'a number of entries for which there are no bytes',
  run: claimMore,
  honest: stopped('beyond-limit'),
  unguarded: broken('16 MiB are allocated'),
  guards: [
    limits,
    {
      name: 'the length that entries must take',
      alone: stopped('bad-body-length'),
      patches: [
        { file: 'messages/masked-input.ts', find: 'if (body.remaining !== length) {', replace: 'if (false) {' },
      ],
    },
    {
      name: 'the end of the frame, beyond which nothing is read',
      alone: stopped('truncated'),
      patches: [{ file: 'messages/codec.ts', find: 'if (count > this.remaining) {', replace: 'if (false) {' }],
    },
    {
      name: 'the length that unpacking wants',
      alone: stopped('packed-length'),
      patches: [{ file: 'encoding/pack.ts', find: 'if (bytes.length !== size) {', replace: 'if (false) {' }],
    },
  ],
})

async function beginAndNeverEnd(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { ids: cast(7), parameters: { vectorLength: 8, rangeLength: 4 } })
  let begun = 0
  const { rejections } = await aggregate(
    scene,
    {
      up(message) {
        if (message.type !== 'MaskedInput') return [message]
        if (message.firstEntry > 0) return []
        begun++
        return [message]
      },
    },
    { stagedInputs: 2 },
  )
  const held = begun - rejections.filter(reason => reason === 'staging-full').length
  return held > 2 ? broken(`${held} vectors are held at once`) : stopped('staging-full')
}

describeAttack({
  title: 'inputs that begin and never end, where two may be incomplete at once',
  run: beginAndNeverEnd,
  honest: stopped('staging-full'),
  unguarded: broken('8 vectors are held at once'),
  guards: [
    {
      name: 'the number of inputs that are staged at once',
      patches: [
        { file: 'server/staging.ts', find: 'if (this.#staged.size >= this.#most) return undefined', replace: '' },
      ],
    },
  ],
})
