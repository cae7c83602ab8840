import type { PositionSet } from './position-set.ts'

/** Server to client, opens round ConsistencyCheck (only where the server may lie): whose masked inputs arrived (U3). */
export interface Survivors {
  readonly type: 'Survivors'
  readonly session: Uint8Array
  readonly survivors: PositionSet
}
