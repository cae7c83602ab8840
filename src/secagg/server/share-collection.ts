import { SHARE_BYTES } from '../messages/share-keys.ts'
import { combineShares } from '../primitives/shamir.ts'

/** Good shares of one secret, at most as many as are needed: flat, because a large cohort holds thousands of these. */
export class ShareCollection {
  readonly #threshold: number
  readonly #shares: Uint8Array
  #count = 0

  constructor(threshold: number) {
    this.#threshold = threshold
    this.#shares = new Uint8Array(threshold * SHARE_BYTES)
  }

  get count(): number {
    return this.#count
  }

  get isComplete(): boolean {
    return this.#count === this.#threshold
  }

  /** Adds a share; `false` when one with the same x coordinate is here already. */
  add(share: Uint8Array): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#shares[i * SHARE_BYTES + SHARE_BYTES - 1] === share[SHARE_BYTES - 1]) return false
    }
    if (!this.isComplete) this.#shares.set(share, this.#count++ * SHARE_BYTES)
    return true
  }

  /** The secret, 32 bytes. Only when {@link isComplete}. */
  combine(): Uint8Array {
    const shares = Array.from({ length: this.#threshold }, (_, i) =>
      this.#shares.subarray(i * SHARE_BYTES, (i + 1) * SHARE_BYTES),
    )
    return combineShares(shares, this.#threshold)
  }

  wipe(): void {
    this.#shares.fill(0)
  }
}
