import { addProduct } from './tile'

/** `weights` += `factor` times `direction`, both of `length` floats. In place: a step touches two vectors instead of four. */
export function addScaled(weights: usize, direction: usize, factor: f32, length: i32): void {
  const end = weights + ((<usize>length) << 2)
  const vectors = weights + ((<usize>(length & ~3)) << 2)
  const factors = f32x4.splat(factor)
  for (; weights < vectors; weights += 16, direction += 16) {
    v128.store(weights, addProduct(v128.load(weights), factors, v128.load(direction)))
  }
  for (; weights < end; weights += 4, direction += 4) {
    store<f32>(weights, load<f32>(weights) + factor * load<f32>(direction))
  }
}
