/** The slope of a straight line through the logarithms, by least squares: y grows as x to the power of it. */
export function exponentOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }))
  const mean = (field: 'x' | 'y') => logs.reduce((sum, point) => sum + point[field], 0) / logs.length
  const [x, y] = [mean('x'), mean('y')]
  const covariance = logs.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0)
  return covariance / logs.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
}
