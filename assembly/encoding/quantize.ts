/** 1.5 * 2^52: added to an integer of up to 51 bits it leaves that integer, in two's complement, in the low bits. */
const SHIFTER: f64 = 6755399441055744
const SHIFTER_BITS: i64 = 0x4338_0000_0000_0000
/** 2^20, of which a unit in the last place is 2^-32: its bits with a random word r as the lower half are 2^20 + r / 2^32. */
const UNIT: f64 = 1048576
const UNIT_HIGH_WORD: i32 = 0x4130_0000

/** Whether values may lie beyond the limit, as a type: its size decides when the kernel is compiled. */
type Clamps = u8
type Fits = u16

/**
 * Quantizes `count` singles (a multiple of four) with as many random words into entries of one word, as `quantize` in
 * src/secagg/encoding/quantize.ts does. `limit` is what clipping and scaling leave of the largest value: multiplying by
 * `gain` >= 0 is monotone, rounding included, so that clipping after it gives the same. Unless `clamps`, no value goes
 * beyond it. The entries keep the bits of `mask`. `tally` holds the largest error and the sum of squared errors: two doubles.
 */
export function quantize32to32(
  values: usize,
  noise: usize,
  out: usize,
  count: usize,
  tally: usize,
  gain: f64,
  limit: f64,
  mask: u32,
  clamps: bool,
): void {
  if (clamps) quantize<f32, u32, Clamps>(values, noise, out, count, tally, gain, limit, mask)
  else quantize<f32, u32, Fits>(values, noise, out, count, tally, gain, limit, mask)
}

/** Into entries of two words; the mask is that of the high one. */
export function quantize32to64(
  values: usize,
  noise: usize,
  out: usize,
  count: usize,
  tally: usize,
  gain: f64,
  limit: f64,
  mask: u32,
  clamps: bool,
): void {
  if (clamps) quantize<f32, u64, Clamps>(values, noise, out, count, tally, gain, limit, mask)
  else quantize<f32, u64, Fits>(values, noise, out, count, tally, gain, limit, mask)
}

/** From doubles. */
export function quantize64to32(
  values: usize,
  noise: usize,
  out: usize,
  count: usize,
  tally: usize,
  gain: f64,
  limit: f64,
  mask: u32,
  clamps: bool,
): void {
  if (clamps) quantize<f64, u32, Clamps>(values, noise, out, count, tally, gain, limit, mask)
  else quantize<f64, u32, Fits>(values, noise, out, count, tally, gain, limit, mask)
}

/** From doubles into entries of two words. */
export function quantize64to64(
  values: usize,
  noise: usize,
  out: usize,
  count: usize,
  tally: usize,
  gain: f64,
  limit: f64,
  mask: u32,
  clamps: bool,
): void {
  if (clamps) quantize<f64, u64, Clamps>(values, noise, out, count, tally, gain, limit, mask)
  else quantize<f64, u64, Fits>(values, noise, out, count, tally, gain, limit, mask)
}

function quantize<T, E, C>(
  values: usize,
  noise: usize,
  out: usize,
  count: usize,
  tally: usize,
  gain: f64,
  limit: f64,
  mask: u32,
): void {
  const end = values + count * sizeof<T>()
  const gains = f64x2.splat(gain)
  const most = f64x2.splat(limit)
  const least = f64x2.splat(-limit)
  const one = f64x2.splat(1)
  const unit = f64x2.splat(UNIT)
  const unitWords = i32x4.splat(UNIT_HIGH_WORD)
  const shifter = f64x2.splat(SHIFTER)
  const shifterBits = i64x2.splat(SHIFTER_BITS)
  const kept = sizeof<E>() === 4 ? i32x4.splat(mask) : i64x2.splat(((<i64>mask) << 32) | 0xffff_ffff)
  let largest = f64x2.splat(load<f64>(tally))
  let squared0 = f64x2.splat(0)
  let squared1 = f64x2.splat(0)

  for (; values < end; values += 4 * sizeof<T>()) {
    let v0 = f64x2.mul(pair<T>(values, 0), gains)
    let v1 = f64x2.mul(pair<T>(values, 1), gains)
    if (sizeof<C>() === sizeof<Clamps>()) {
      v0 = f64x2.pmin(most, f64x2.pmax(least, v0))
      v1 = f64x2.pmin(most, f64x2.pmax(least, v1))
    }
    const floor0 = f64x2.floor(v0)
    const floor1 = f64x2.floor(v1)
    const fraction0 = f64x2.sub(v0, floor0)
    const fraction1 = f64x2.sub(v1, floor1)
    const random = v128.load(noise)
    const up0 = f64x2.lt(f64x2.sub(v128.shuffle<i32>(random, unitWords, 0, 4, 1, 5), unit), fraction0)
    const up1 = f64x2.lt(f64x2.sub(v128.shuffle<i32>(random, unitWords, 2, 6, 3, 7), unit), fraction1)
    const error0 = f64x2.sub(v128.and(up0, one), fraction0)
    const error1 = f64x2.sub(v128.and(up1, one), fraction1)
    largest = f64x2.pmax(f64x2.pmax(largest, f64x2.abs(error0)), f64x2.abs(error1))
    // Four sums side by side: one alone would wait for each addition. The order of a sum is part of its result.
    squared0 = f64x2.add(squared0, f64x2.mul(error0, error0))
    squared1 = f64x2.add(squared1, f64x2.mul(error1, error1))
    // What holds is -1.
    const bits0 = i64x2.sub(f64x2.add(floor0, shifter), up0)
    const bits1 = i64x2.sub(f64x2.add(floor1, shifter), up1)
    if (sizeof<E>() === 4) {
      v128.store(out, v128.and(v128.shuffle<i32>(bits0, bits1, 0, 2, 4, 6), kept))
    } else {
      v128.store(out, v128.and(i64x2.sub(bits0, shifterBits), kept))
      v128.store(out, v128.and(i64x2.sub(bits1, shifterBits), kept), 16)
    }
    noise += 16
    out += 4 * sizeof<E>()
  }

  store<f64>(tally, max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)))
  const squares = f64x2.add(squared0, squared1)
  const squared = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)
  store<f64>(tally, load<f64>(tally, 8) + squared, 8)
}

/** Values 2 * `which` and 2 * `which` + 1 from `address` on. */
function pair<T>(address: usize, which: usize): v128 {
  if (sizeof<T>() === 8) return v128.load(address + 16 * which)
  return f64x2.promote_low_f32x4(v128.load64_zero(address + 8 * which))
}
