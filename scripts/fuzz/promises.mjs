import { Broken } from './engine.mjs'

/** Runs a decoder and counts what it allocates. Gives what it gave, or the code of an error of the one type allowed. */
export function decodeWithin(allocations, mostBytes, decode, ErrorType, codes) {
  allocations.reset()
  let value
  let code
  try {
    value = decode()
  } catch (error) {
    if (!(error instanceof ErrorType)) throw error
    if (!codes.has(error.code)) throw new Broken(`it refused with the unknown code "${error.code}"`)
    code = error.code
  }
  const { bytes } = allocations
  if (bytes > mostBytes) throw new Broken(`it allocated ${bytes} bytes, at most ${mostBytes} are due`)
  return { value, code }
}

export function requireSameBytes(actual, expected) {
  if (actual.length !== expected.length) {
    throw new Broken(`a second encoding was accepted: ${expected.length} bytes, encoded again ${actual.length}`)
  }
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) throw new Broken(`a second encoding was accepted: byte ${i} differs`)
  }
}
