/**
 * Reads `count` entries of one word (a multiple of four) as integers of 32 - `spare` bits in two's complement, and writes
 * them times `unit`. Returns the largest magnitude among the integers.
 */
export function decode32(entries: usize, out: usize, count: usize, spare: i32, unit: f64): f64 {
  const end = entries + count * 4
  const units = f64x2.splat(unit)
  let most = i32x4.splat(0)
  for (; entries < end; entries += 16) {
    const value = i32x4.shr_s(i32x4.shl(v128.load(entries), spare), spare)
    most = i32x4.max_u(most, i32x4.abs(value))
    const high = v128.shuffle<i32>(value, value, 2, 3, 2, 3)
    v128.store(out, f64x2.mul(f64x2.convert_low_i32x4_s(value), units))
    v128.store(out, f64x2.mul(f64x2.convert_low_i32x4_s(high), units), 16)
    out += 32
  }
  const low = max(u32(i32x4.extract_lane(most, 0)), u32(i32x4.extract_lane(most, 1)))
  return <f64>max(low, max(u32(i32x4.extract_lane(most, 2)), u32(i32x4.extract_lane(most, 3))))
}

/** The same of entries of two words, 64 - `spare` bits: high * 2^32 + low rounds once, from the exact integer. */
export function decode64(entries: usize, out: usize, count: usize, spare: i32, unit: f64): f64 {
  const end = entries + count * 8
  const units = f64x2.splat(unit)
  const word = f64x2.splat(4294967296)
  let most = f64x2.splat(0)
  for (; entries < end; entries += 16) {
    const words = v128.load(entries)
    const high = i32x4.shr_s(i32x4.shl(v128.shuffle<i32>(words, words, 1, 3, 1, 3), spare), spare)
    const low = f64x2.convert_low_i32x4_u(v128.shuffle<i32>(words, words, 0, 2, 0, 2))
    const value = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(high), word), low)
    most = f64x2.pmax(most, f64x2.abs(value))
    v128.store(out, f64x2.mul(value, units))
    out += 16
  }
  return max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
}
