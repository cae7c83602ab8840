/** Client to server, round ConsistencyCheck: "this is the U3 that I was shown". */
export interface ConsistencyCheck {
  readonly type: 'ConsistencyCheck'
  readonly session: Uint8Array
  readonly sender: string
  /** Ed25519, 64 bytes, over the transcript T3. */
  readonly signature: Uint8Array
}
