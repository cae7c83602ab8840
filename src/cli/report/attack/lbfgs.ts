/** A function and its gradient at a point. */
export type Objective = (point: Float64Array) => { readonly value: number; readonly gradient: Float64Array }

/** Steps whose curvature is remembered. */
const MEMORY = 10
/** Armijo's condition asks for this much of the descent that the slope promises. */
const SUFFICIENT = 1e-4

interface Step {
  readonly moved: Float64Array
  readonly turned: Float64Array
  /** 1 / (moved . turned) */
  readonly scale: number
}

/**
 * Minimizes by L-BFGS with a backtracking line search (Nocedal and Wright, Numerical Optimization, algorithm 7.5): the
 * optimizer that gradient inversion was published with.
 */
export function minimize(
  objective: Objective,
  start: Float64Array,
  iterations: number,
): { readonly point: Float64Array; readonly value: number } {
  let point = start
  let here = objective(point)
  const steps: Step[] = []
  for (let i = 0; i < iterations; i++) {
    const direction = descent(here.gradient, steps)
    const slope = dot(direction, here.gradient)
    // At a minimum, as far as doubles can tell.
    if (!(slope < 0)) break
    const next = search(objective, point, direction, here.value, slope)
    if (next === undefined) break
    const moved = next.point.map((value, k) => value - point[k]!)
    const turned = next.gradient.map((value, k) => value - here.gradient[k]!)
    const curvature = dot(moved, turned)
    if (curvature > 0) steps.push({ moved, turned, scale: 1 / curvature })
    if (steps.length > MEMORY) steps.shift()
    point = next.point
    here = next
  }
  return { point, value: here.value }
}

/** The first of ever shorter steps that goes down far enough. */
function search(objective: Objective, from: Float64Array, direction: Float64Array, value: number, slope: number) {
  for (let length = 1; length > 1e-12; length /= 2) {
    const point = from.map((coordinate, k) => coordinate + length * direction[k]!)
    const there = objective(point)
    if (there.value <= value + SUFFICIENT * length * slope) return { point, ...there }
  }
  return undefined
}

/** The two loops over the remembered steps, newest first and oldest first. */
function descent(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map(value => -value)
  const weights: number[] = []
  for (const { moved, turned, scale } of steps.toReversed()) {
    const weight = scale * dot(moved, direction)
    weights.push(weight)
    addScaled(direction, turned, -weight)
  }
  const last = steps.at(-1)
  const size = last === undefined ? 1 / Math.max(1, Math.sqrt(dot(gradient, gradient))) : sizeOf(last)
  for (let k = 0; k < direction.length; k++) direction[k]! *= size
  for (const { moved, turned, scale } of steps) {
    addScaled(direction, moved, weights.pop()! - scale * dot(turned, direction))
  }
  return direction
}

function sizeOf({ turned, scale }: Step): number {
  return 1 / (scale * dot(turned, turned))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

function addScaled(target: Float64Array, other: Float64Array, factor: number): void {
  for (let k = 0; k < target.length; k++) target[k]! += factor * other[k]!
}
