/** Squares are summed in blocks of so many values: NORM_BLOCK in src/secagg/encoding/measure.ts. */
const BLOCK: usize = 4096
/** The bits of an infinity; those of a NaN are more, as integers. */
const INFINITE32: u32 = 0x7f80_0000
const INFINITE64: u64 = 0x7ff0_0000_0000_0000

/**
 * The largest magnitude of `count` singles, a multiple of four; infinite if one of them is not finite. At `beyond` it
 * leaves, as a double, how many are larger than `clip`.
 */
export function largest32(values: usize, count: usize, clip: f32, beyond: usize): f64 {
  const end = values + count * 4
  const sign = i32x4.splat(0x7fff_ffff)
  const clips = f32x4.splat(clip)
  let most = i32x4.splat(0)
  let clipped = i32x4.splat(0)
  for (; values < end; values += 16) {
    const magnitude = v128.and(v128.load(values), sign)
    most = i32x4.max_u(most, magnitude)
    clipped = i32x4.sub(clipped, f32x4.gt(magnitude, clips))
  }
  const low = i32x4.extract_lane(clipped, 0) + i32x4.extract_lane(clipped, 1)
  store<f64>(beyond, <f64>(low + i32x4.extract_lane(clipped, 2) + i32x4.extract_lane(clipped, 3)))
  let bits = max(u32(i32x4.extract_lane(most, 0)), u32(i32x4.extract_lane(most, 1)))
  bits = max(bits, max(u32(i32x4.extract_lane(most, 2)), u32(i32x4.extract_lane(most, 3))))
  return bits >= INFINITE32 ? Infinity : <f64>reinterpret<f32>(bits)
}

/** The same of doubles. */
export function largest64(values: usize, count: usize, clip: f64, beyond: usize): f64 {
  const end = values + count * 8
  const sign = i64x2.splat(i64.MAX_VALUE)
  const clips = f64x2.splat(clip)
  let most = i64x2.splat(0)
  let clipped = i64x2.splat(0)
  for (; values < end; values += 16) {
    const magnitude = v128.and(v128.load(values), sign)
    most = v128.bitselect(magnitude, most, i64x2.gt_s(magnitude, most))
    clipped = i64x2.sub(clipped, f64x2.gt(magnitude, clips))
  }
  store<f64>(beyond, <f64>(i64x2.extract_lane(clipped, 0) + i64x2.extract_lane(clipped, 1)))
  const bits = max(u64(i64x2.extract_lane(most, 0)), u64(i64x2.extract_lane(most, 1)))
  return bits >= INFINITE64 ? Infinity : reinterpret<f64>(bits)
}

/** Sums the squares of each block of `count` singles into a double at `sums`, from the first value of it to the last. */
export function squares32(values: usize, count: usize, sums: usize): void {
  squares<f32>(values, count, sums)
}

/** The same of doubles. */
export function squares64(values: usize, count: usize, sums: usize): void {
  squares<f64>(values, count, sums)
}

/** Four whole blocks side by side: one alone would wait for each addition. */
function squares<T>(values: usize, count: usize, sums: usize): void {
  const size = sizeof<T>()
  for (; count >= 4 * BLOCK; count -= 4 * BLOCK) {
    let a: f64 = 0
    let b: f64 = 0
    let c: f64 = 0
    let d: f64 = 0
    const end = values + BLOCK * size
    for (; values < end; values += size) {
      a += square<T>(values)
      b += square<T>(values + BLOCK * size)
      c += square<T>(values + 2 * BLOCK * size)
      d += square<T>(values + 3 * BLOCK * size)
    }
    store<f64>(sums, a)
    store<f64>(sums, b, 8)
    store<f64>(sums, c, 16)
    store<f64>(sums, d, 24)
    values += 3 * BLOCK * size
    sums += 32
  }
  while (count > 0) {
    const block = min(count, BLOCK)
    const end = values + block * size
    let a: f64 = 0
    for (; values < end; values += size) a += square<T>(values)
    store<f64>(sums, a)
    sums += 8
    count -= block
  }
}

function square<T>(address: usize): f64 {
  const x = <f64>load<T>(address)
  return x * x
}
