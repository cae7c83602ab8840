import type { ReceivedMessage } from '../../index.ts'
import { decodeClientMessage, type MessageLimits, type RingVector } from '../../secagg/index.ts'

/** The first words of one worker's masked vector, as they came in. */
export interface MaskedWords {
  /** Integers from 0 to 2^modulusBits - 1. */
  readonly words: Float64Array
  readonly modulusBits: number
}

/** Reads the first `most` words of a MaskedInput; nothing for any other message, or for a later range of a long vector. */
export function maskedWords({ bytes }: ReceivedMessage, limits: MessageLimits, most: number): MaskedWords | undefined {
  const message = decodeClientMessage(bytes, limits)
  if (message.type !== 'MaskedInput' || message.firstEntry !== 0) return undefined
  return { words: firstWords(message.range, most), modulusBits: message.range.modulusBits }
}

function firstWords(range: RingVector, most: number): Float64Array {
  return Float64Array.from({ length: Math.min(most, range.length) }, (_, i) => Number(range.get(i)))
}

/** Words of the ring as signed numbers, from -1 to below 1: what they would mean if nothing had been added to them. */
export function signedFractions({ words, modulusBits }: MaskedWords): Float64Array {
  const half = 2 ** (modulusBits - 1)
  return words.map(word => (word < half ? word : word - 2 * half) / half)
}
