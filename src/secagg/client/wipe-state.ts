import { wipe } from '../primitives/bytes.ts'
import type { ClientSetup, ClientState } from './state.ts'

/** Overwrites what outlives all states: an identity made for this aggregation. One that the caller gave is the caller's. */
export function wipeSetup({ freshIdentity }: ClientSetup): void {
  if (freshIdentity !== undefined) wipe(freshIdentity.secretKey)
}

/** Overwrites every secret that a state holds. */
export function wipeState(state: ClientState): void {
  switch (state.name) {
    case 'advertised':
      wipe(state.encryption.secretKey, state.mask.secretKey)
      break
    case 'shared':
      wipe(state.mask.secretKey, state.selfMaskSeed, ...state.neighbours.map(neighbour => neighbour.shareSecret))
      break
    case 'masked':
    case 'confirmed':
      for (const { held } of state.neighbours) if (held !== undefined) wipe(held.selfMask, held.maskKey)
      break
  }
}
