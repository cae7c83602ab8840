import { DecodeError } from 'secagg/secagg'
import { packBits, packedLength, unpackBits } from '../../dist/secagg/encoding/pack.js'
import { DECODE_CODES, Reader, Writer } from '../../dist/secagg/messages/codec.js'
import { Broken } from './engine.mjs'
import { decodeWithin, requireSameBytes } from './promises.mjs'
import { Random } from './random.mjs'
import { Scratch } from './scratch.mjs'

const CODES = new Set(DECODE_CODES)
const PACK_CODES = new Set(['packed-length', 'packed-padding'])
const TEXTS = ['a', 'Zoë', '测试', '😀', '\ufeff', '\0', 'x'.repeat(64), '\u{10ffff}']

/** Ways to read one field, each with the way to write what was read, and to write something that can be read. */
const FIELDS = [
  { read: r => r.u8('f'), write: (w, v) => w.u8(v), sample: random => random.below(256) },
  { read: r => r.u16('f'), write: (w, v) => w.u16(v), sample: random => random.below(2 ** 16) },
  { read: r => r.u32('f'), write: (w, v) => w.u32(v), sample: random => random.word() },
  { read: r => r.u32('f', 1000), write: (w, v) => w.u32(v), sample: random => random.below(1000) },
  {
    read: r => r.u64('f'),
    write: (w, v) => w.u64(v),
    sample: random => random.below(2 ** 21) * 2 ** 32 + random.word(),
  },
  { read: r => r.fixed('f', 32), write: (w, v) => w.fixed(v), sample: random => noise(random, 32) },
  { read: r => r.view('f', 5), write: (w, v) => w.fixed(v), sample: random => noise(random, 5) },
  { read: r => r.id8('f', 64), write: (w, v) => w.text8(v), sample: random => random.pick(TEXTS) },
  {
    read: r => r.optional('f', () => r.u16('f')),
    write: (w, v) => w.optional(v, value => w.u16(value)),
    sample: random => (random.chance(50) ? undefined : random.below(2 ** 16)),
  },
  {
    read: r => r.list32('f', 5, items => items.u16('item')),
    write: (w, v) => w.list32(v, item => w.u16(item)),
    sample: random => Array.from({ length: random.below(6) }, () => random.below(2 ** 16)),
  },
]

function noise(random, count) {
  const bytes = new Uint8Array(count)
  random.fill(bytes)
  return bytes
}

/** `Reader` and `Writer`: some fields in a row, written, damaged, and read back. */
export function fieldTarget(random) {
  const scratch = new Scratch(random)
  const choices = new Random()
  /** The same fields for the same choice. */
  const fieldsOf = choice => {
    choices.seed(choice, 0)
    return Array.from({ length: 1 + choices.below(6) }, () => choices.pick(FIELDS))
  }
  return {
    name: 'fields',
    weight: 2,
    make(choice) {
      scratch.clear()
      if (random.chance(10)) scratch.appendNoise(random.below(60))
      else {
        const writer = new Writer()
        for (const { write, sample } of fieldsOf(choice)) write(writer, sample(random))
        scratch.append(writer.finish())
        if (random.chance(60)) scratch.damage(scratch.view().slice())
      }
      return scratch.aligned(random.below(8))
    },
    run(bytes, choice, allocations) {
      const fields = fieldsOf(choice)
      const { value, code } = decodeWithin(
        allocations,
        bytes.length + 64,
        () => {
          const reader = new Reader(bytes, 'fuzz')
          const values = fields.map(({ read }) => read(reader))
          reader.finish('trailing-bytes', 'fields')
          return values
        },
        DecodeError,
        CODES,
      )
      if (code !== undefined) return code
      const writer = new Writer()
      for (const [i, { write }] of fields.entries()) write(writer, value[i])
      requireSameBytes(writer.finish(), bytes)
      return 'accepted'
    },
  }
}

/** `unpackBits`: the right number of bytes or nearly, with and without padding bits. */
export function packTarget(random) {
  const scratch = new Scratch(random)
  const shapeOf = choice => ({ modulusBits: 1 + (choice % 62), length: Math.floor(choice / 64) % 70 })
  return {
    name: 'unpackBits',
    weight: 1,
    make(choice) {
      const { modulusBits, length } = shapeOf(choice)
      const size = packedLength(length, modulusBits)
      scratch.clear()
      scratch.appendNoise(random.chance(90) ? size : random.below(size + 9))
      const used = (length * modulusBits) % 8
      if (used !== 0 && random.chance(70)) scratch.setByte(size - 1, scratch.byte(size - 1) & ((1 << used) - 1))
      return scratch.aligned(random.below(8))
    },
    run(bytes, choice, allocations) {
      const { modulusBits, length } = shapeOf(choice)
      const { value, code } = decodeWithin(
        allocations,
        64 + 34 * bytes.length,
        () => unpackBits(bytes, length, modulusBits),
        DecodeError,
        PACK_CODES,
      )
      if (code !== undefined) return code
      if (value.length !== length) throw new Broken(`${value.length} entries came out of ${length}`)
      requireSameBytes(packBits(value), bytes)
      return 'accepted'
    },
  }
}
