import { readFileSync } from 'node:fs'

const FOLDER = new URL('../../test/vectors/', import.meta.url)
const AGGREGATIONS = ['semi-honest', 'semi-malicious', 'malicious-server']
const read = name => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'))
const unhex = digits => new Uint8Array(Buffer.from(digits, 'hex'))

/** Frames to start from: every message of the test vectors, good or bad, as [bytes, limits]. */
export function frames() {
  const vectors = ['messages', 'refused-messages'].flatMap(name => read(name).cases)
  const recorded = AGGREGATIONS.flatMap(name => read(`aggregation-${name}`).aggregation.messages)
  return [...vectors, ...recorded].map(({ frame }) => unhex(frame)).filter(frame => frame.length > 0)
}

/** Limits from wide open to hardly anything: what is a message within one is none within another. */
export const LIMITS = [
  { clients: 1000, neighbours: 255, vectorLength: 2 ** 40, modulusBits: 62 },
  { clients: 2 ** 20, neighbours: 255, vectorLength: 2 ** 31, modulusBits: 62, maxRangeEntries: 2 ** 18 },
  { clients: 12, neighbours: 4, vectorLength: 1000, modulusBits: 33, maxRangeEntries: 5 },
  { clients: 8, neighbours: 6, vectorLength: 7, modulusBits: 40, maxRangeEntries: 7 },
  { clients: 2, neighbours: 1, vectorLength: 1, modulusBits: 1, maxRangeEntries: 1 },
]
