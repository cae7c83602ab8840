/** Fixed keys, all different: key i is the byte i + 1 sixteen times over. */
export function keysOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => new Uint8Array(16).fill(i + 1))
}
