/**
 * Packs `count` entries of one word (a multiple of eight) into an even number `b` of bits each, from 2 to 30, dropping the
 * bits above. Four entries are up to 120 bits and end where a byte does. Writes up to 16 bytes of zeros past the end.
 */
export function packEven32(entries: usize, out: usize, count: usize, b: u32): void {
  const end = entries + count * 4
  const mask: u64 = (1 << (<u64>b)) - 1
  const low = i64x2.splat(mask)
  const high = i64x2.splat(mask << b)
  const apart: i32 = 32 - b
  const width: u64 = 2 * b
  const bytes: usize = b >> 1
  for (; entries < end; entries += 16) {
    const words = v128.load(entries)
    const twos = v128.or(v128.and(words, low), v128.and(i64x2.shr_u(words, apart), high))
    const first: u64 = i64x2.extract_lane(twos, 0)
    const second: u64 = i64x2.extract_lane(twos, 1)
    store<u64>(out, first | (second << width))
    store<u64>(out, second >> (64 - width), 8)
    out += bytes
  }
}

/**
 * The same for an odd number of bits, from 3 to 31. Eight entries end where a byte does, the second four of them begin in
 * the middle of one.
 */
export function packOdd32(entries: usize, out: usize, count: usize, b: u32): void {
  const end = entries + count * 4
  const mask: u64 = (1 << (<u64>b)) - 1
  const low = i64x2.splat(mask)
  const high = i64x2.splat(mask << b)
  const apart: i32 = 32 - b
  const width: u64 = 2 * b
  const middle: usize = (4 * b) >> 3
  for (; entries < end; entries += 32) {
    const words = v128.load(entries)
    const twos = v128.or(v128.and(words, low), v128.and(i64x2.shr_u(words, apart), high))
    const first: u64 = i64x2.extract_lane(twos, 0)
    const second: u64 = i64x2.extract_lane(twos, 1)
    store<u64>(out, first | (second << width))
    store<u64>(out, second >> (64 - width), 8)
    const more = v128.load(entries, 16)
    const moreTwos = v128.or(v128.and(more, low), v128.and(i64x2.shr_u(more, apart), high))
    const third: u64 = i64x2.extract_lane(moreTwos, 0)
    const fourth: u64 = i64x2.extract_lane(moreTwos, 1)
    const bits = third | (fourth << width)
    store<u64>(out + middle, (bits << 4) | (second >> (width - 4)))
    store<u64>(out + middle, ((fourth >> (64 - width)) << 4) | (bits >> 60), 8)
    out += b
  }
}

/** Packs `count` entries of two words into 33 <= `b` <= 62 bits each. Writes up to 8 bytes of zeros past the end. */
export function pack64(entries: usize, out: usize, count: usize, b: u32): void {
  const end = entries + count * 8
  const mask: u64 = (1 << (<u64>b)) - 1
  const width = <u64>b
  let partial: u64 = 0
  let fill: u64 = 0
  for (; entries < end; entries += 8) {
    const bits = load<u64>(entries) & mask
    partial |= bits << fill
    fill += width
    if (fill >= 64) {
      store<u64>(out, partial)
      out += 8
      fill -= 64
      // What did not fit: nothing if the word ended with it, since bits < 2^width.
      partial = bits >> (width - fill)
    }
  }
  store<u64>(out, partial)
}

/** Undoes the packing into up to 31 bits. Reads up to 8 bytes past the end of what is packed. */
export function unpack32(packed: usize, out: usize, count: usize, b: u32): void {
  const end = out + count * 4
  const mask: u64 = (1 << (<u64>b)) - 1
  let at: usize = 0
  for (; out < end; out += 4) {
    store<u32>(out, <u32>((load<u64>(packed + (at >> 3)) >> (at & 7)) & mask))
    at += b
  }
}

/** Undoes `pack64`. Reads up to 9 bytes past the end of what is packed. */
export function unpack64(packed: usize, out: usize, count: usize, b: u32): void {
  const end = out + count * 8
  const mask: u64 = (1 << (<u64>b)) - 1
  let at: usize = 0
  for (; out < end; out += 8) {
    const address = packed + (at >> 3)
    const shift: u64 = at & 7
    // Eight bytes hold 57 bits of it or more; the ninth may hold the rest. Two shifts, as one by 64 would be one by 0.
    const rest = ((<u64>load<u8>(address, 8)) << 1) << (63 - shift)
    store<u64>(out, ((load<u64>(address) >> shift) | rest) & mask)
    at += b
  }
}
