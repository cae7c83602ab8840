/** Addition in the ring, element by element, in place. `target` and `words` have the same length. */

/** Each word an integer mod 2^32. */
export function addWords(target: Uint32Array, words: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + words[i]!
}

/** Each word an integer mod 2^32. */
export function subtractWords(target: Uint32Array, words: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! - words[i]!
}

/** Each pair of words (low, high) an integer mod 2^64. */
export function addWords64(target: Uint32Array, words: Uint32Array): void {
  for (let i = 0; i < target.length; i += 2) {
    const low = (target[i]! + words[i]!) >>> 0
    const carry = low < words[i]! ? 1 : 0
    target[i] = low
    target[i + 1] = target[i + 1]! + words[i + 1]! + carry
  }
}

/** Each pair of words (low, high) an integer mod 2^64. */
export function subtractWords64(target: Uint32Array, words: Uint32Array): void {
  for (let i = 0; i < target.length; i += 2) {
    const borrow = target[i]! < words[i]! ? 1 : 0
    target[i] = target[i]! - words[i]!
    target[i + 1] = target[i + 1]! - words[i + 1]! - borrow
  }
}
