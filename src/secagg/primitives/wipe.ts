/**
 * Overwrites spent secrets with zeros. Best effort: JavaScript may have copied them (garbage collector, engine
 * registers, the platform's own key objects), and no language feature reaches those copies.
 */
export function wipe(...buffers: (Uint8Array | Uint32Array)[]): void {
  for (const buffer of buffers) buffer.fill(0)
}

/**
 * Whether two byte strings are equal. For equal lengths the time does not depend on where they differ; the lengths
 * themselves are not secret.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}
