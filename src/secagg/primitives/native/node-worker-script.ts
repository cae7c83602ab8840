/**
 * What a masking thread runs, as text, so that it starts from the build, from the source and from a bundle alike: it asks
 * for no file. It needs `node:crypto` and the kernel, which comes as `workerData.kernel`.
 *
 * It takes one range after the other, as long as there are any that nobody has taken, and writes the sum of all masks over
 * the range; the vector itself it never sees. A range is DONE only when all of it is written.
 */
export const MASKING_THREAD: string = `'use strict'
const { createCipheriv } = require('node:crypto')
const { parentPort, workerData } = require('node:worker_threads')

const BLOCK_WORDS = 16384
const BLOCK_BYTES = 4 * BLOCK_WORDS
const OPEN_STREAMS = 32
const DONE = -1
const { me, kernel } = workerData
const ring = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(kernel, 'base64'))).exports
const memory = new Uint8Array(ring.memory.buffer)
const inside = new Uint32Array(memory.buffer, 0, BLOCK_WORDS)
const zeros = new Uint8Array(BLOCK_BYTES)
const { port1: closedPort } = new MessageChannel()
closedPort.close()

function free(bytes) {
  bytes.fill(0)
  if (bytes.byteLength !== bytes.buffer.byteLength) return
  if (bytes.buffer.transfer) bytes.buffer.transfer(0)
  else closedPort.postMessage(null, [bytes.buffer])
}

function openAt(key, word) {
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(Math.floor(word / 4)), 8)
  const cipher = createCipheriv('aes-128-ctr', key, counter)
  const skip = 4 * (word % 4)
  if (skip > 0) cipher.update(zeros.subarray(0, skip)).fill(0)
  return cipher
}

function sumMasks({ keys, signs, lanes }, word, sum) {
  const add = lanes === 1 ? ring.add32 : ring.add64
  const subtract = lanes === 1 ? ring.subtract32 : ring.subtract64
  for (let first = 0; first < signs.length; first += OPEN_STREAMS) {
    const count = Math.min(OPEN_STREAMS, signs.length - first)
    const begin = first === 0 ? () => inside.fill(0) : part => inside.set(part)
    const ciphers = Array.from({ length: count }, (_, i) =>
      openAt(keys.subarray(16 * (first + i), 16 * (first + i + 1)), word))
    for (let from = 0; from < sum.length; from += BLOCK_WORDS) {
      const part = sum.subarray(from, from + BLOCK_WORDS)
      const padded = Math.ceil(part.byteLength / 64) * 64
      begin(part)
      for (let i = 0; i < count; i++) {
        const made = ciphers[i].update(zeros.subarray(0, part.byteLength))
        memory.set(made, BLOCK_BYTES)
        free(made)
        if (signs[first + i] === 1) add(0, BLOCK_BYTES, padded)
        else subtract(0, BLOCK_BYTES, padded)
      }
      part.set(inside.subarray(0, part.length))
    }
  }
}

parentPort.on('message', job => {
  const { sums, states } = job
  for (let range = 0; range < states.length; range++) {
    if (Atomics.compareExchange(states, range, 0, me) !== 0) continue
    const from = range * job.rangeWords
    sumMasks(job, job.firstWord + from, sums.subarray(from, from + job.rangeWords))
    Atomics.store(states, range, DONE)
  }
  job.keys.fill(0)
  memory.fill(0, 0, 2 * BLOCK_BYTES)
  parentPort.postMessage(null)
})
`
