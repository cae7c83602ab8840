import { DecodeError, decodeClientMessage, decodeMessage, decodeServerMessage, encodeMessage } from 'secagg/secagg'
import { DECODE_CODES } from '../../dist/secagg/messages/codec.js'
import { TYPE_CODES } from '../../dist/secagg/messages/frame.js'
import { frames, LIMITS } from './corpus.mjs'
import { Broken } from './engine.mjs'
import { decodeWithin, requireSameBytes } from './promises.mjs'
import { Scratch } from './scratch.mjs'

const CODES = new Set(DECODE_CODES)
const TYPES = Object.values(TYPE_CODES)
const PREFIX = 16
/** Accepted mutants that are mutated further. */
const KEPT = 256
const LONGEST_KEPT = 3000

/** `decodeMessage` and its two directions: arbitrary bytes, noise in proper frames, and damaged messages. */
export function messageTarget(random) {
  const maker = new FrameMaker(random)
  return {
    name: 'message',
    weight: 16,
    make: () => maker.make(),
    run(bytes, choice, allocations) {
      const limits = LIMITS[choice % LIMITS.length]
      const [decode, direction] = DECODERS[Math.floor(choice / 8) % DECODERS.length]
      const { value, code } = decodeWithin(
        allocations,
        mostBytes(bytes.length, limits),
        () => decode(bytes, limits),
        DecodeError,
        CODES,
      )
      if (code !== undefined) {
        if (direction === undefined && code === 'wrong-direction') throw new Broken('a direction where none matters')
        return code
      }
      if (direction !== undefined && isServers(bytes) !== (direction === 'down'))
        throw new Broken('the wrong direction')
      requireSameBytes(encodeMessage(value), bytes)
      maker.keep(bytes, choice)
      return 'accepted'
    },
  }
}

/** Mostly the one that takes both directions: the others refuse half of all inputs for that alone. */
const DECODERS = [...Array(6).fill([decodeMessage]), [decodeClientMessage, 'up'], [decodeServerMessage, 'down']]
const isServers = bytes => bytes[2] >= 0x80

/**
 * What a decoder may allocate: no more than the input calls for (entries of one bit become words of 32, beside one copy),
 * and no more than the session's limits.
 */
function mostBytes(length, { clients, neighbours, vectorLength, modulusBits, maxRangeEntries = vectorLength }) {
  const small = 1024 + 2 * Math.ceil(clients / 8) + (neighbours + 1) * (200 + 32 * Math.ceil(Math.log2(clients)))
  const range = maxRangeEntries * (modulusBits <= 32 ? 4 : 8) + Math.ceil((maxRangeEntries * modulusBits) / 8) + 8
  return Math.min(64 + 34 * length, small + range)
}

/** Makes frames that are nearly messages. */
class FrameMaker {
  #random
  #frames = frames()
  #kept = []
  #frame
  #header
  #body

  constructor(random) {
    this.#random = random
    this.#frame = new Scratch(random)
    this.#header = new Scratch(random)
    this.#body = new Scratch(random)
  }

  make() {
    const random = this.#random
    const kind = random.below(20)
    if (kind === 0) this.#noise()
    else if (kind < 3) this.#framedNoise()
    else if (kind < 8) this.#damagedFrame()
    else this.#damagedParts()
    return this.#frame.aligned(random.chance(50) ? 0 : random.below(8))
  }

  /** Remembers an accepted frame in a random place. */
  keep(bytes, choice) {
    if (bytes.length <= LONGEST_KEPT && choice % 64 === 0) this.#kept[(choice >>> 8) % KEPT] = bytes.slice()
  }

  #pick() {
    const kept = this.#kept.length > 0 && this.#random.chance(40) ? this.#random.pick(this.#kept) : undefined
    return kept ?? this.#random.pick(this.#frames)
  }

  #noise() {
    this.#frame.clear()
    this.#frame.appendNoise(this.#random.below(200))
    // Past the version, now and then.
    if (this.#random.chance(50)) this.#frame.setWord(0, 0x00010000 | (this.#random.pick(TYPES) << 8))
  }

  #framedNoise() {
    this.#header.clear()
    this.#body.clear()
    this.#header.appendNoise(this.#random.below(200))
    if (this.#random.chance(50)) this.#body.appendNoise(this.#random.below(200))
    this.#assemble(this.#random.pick(TYPES))
  }

  #damagedFrame() {
    this.#frame.clear()
    this.#frame.append(this.#pick())
    for (let i = this.#random.below(4); i >= 0; i--) {
      if (this.#random.chance(25)) this.#frame.editInteger(this.#random.below(PREFIX))
      else this.#frame.damage(this.#pick())
    }
  }

  /** Damages header or body, and makes a frame of them whose lengths are right: the checks behind them are reached. */
  #damagedParts() {
    const random = this.#random
    const frame = this.#pick()
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
    const headerEnd = frame.length < PREFIX ? frame.length : Math.min(frame.length, PREFIX + view.getUint32(4))
    const bodyStart = Math.min(frame.length, Math.ceil(headerEnd / 8) * 8)
    this.#header.clear()
    this.#header.append(frame.subarray(Math.min(PREFIX, headerEnd), headerEnd))
    this.#body.clear()
    this.#body.append(frame.subarray(bodyStart))
    const type = random.chance(95) ? frame[2] : random.pick(TYPES)
    for (let i = random.below(3); i >= 0; i--) this.#damagePart(type)
    this.#assemble(type)
  }

  #damagePart(type) {
    const random = this.#random
    const kind = random.below(10)
    if (kind < 4) this.#header.editInteger(this.#fieldOf(type))
    else if (kind < 7) this.#header.damage(this.#pick())
    else if (this.#body.length > 0 || random.chance(10)) this.#body.damage(this.#pick())
    else this.#header.setByte(this.#fieldOf(type), random.below(256))
  }

  /** Where a field starts that says how long something is, or which. */
  #fieldOf(type) {
    const random = this.#random
    if (type >= 0x80) return random.pick([32, 36, 37, 68, 72, 76, 76 + 78, random.below(this.#header.length + 1)])
    const afterSender = 33 + this.#header.byte(32)
    return random.pick([32, ...[0, 8, 16, 24, 64, 97].map(offset => afterSender + offset), 33])
  }

  #assemble(type) {
    const frame = this.#frame
    const { length } = this.#header
    frame.clear()
    frame.appendZeros(PREFIX)
    frame.setWord(0, 0x00010000 | (type << 8))
    frame.setWord(4, length)
    frame.setLong(8, BigInt(this.#body.length))
    frame.append(this.#header.view())
    frame.appendZeros((8 - (length % 8)) % 8)
    frame.append(this.#body.view())
  }
}
