import type { PositionSet } from '../messages/position-set.ts'
import type { Refuse } from './refuse.ts'
import type { ClientSetup, Masked } from './state.ts'

/** Refuses a survivor set (U3) that is not part of U2, leaves this client out, or is too small to hide it. */
export function checkSurvivors(
  setup: ClientSetup,
  state: Pick<Masked, 'position' | 'sharers' | 'neighbours' | 'threshold'>,
  survivors: PositionSet,
  refuse: Refuse,
): void {
  if (survivors.size !== state.sharers.size || !survivors.isCanonical) {
    refuse('bad-position-set', `the set of survivors is not one over a roster of ${state.sharers.size}`)
  }
  if (!survivors.isSubsetOf(state.sharers)) {
    refuse('stranger-among-survivors', 'a survivor is named that never shared its keys')
  }
  if (!survivors.has(state.position)) {
    refuse('named-as-dropped', 'this client sent its masked input but is not among the survivors')
  }
  if (survivors.count < setup.policy.minimumSurvivors) {
    refuse(
      'too-few-survivors',
      `the sum would be over ${survivors.count} clients; the policy asks for ${setup.policy.minimumSurvivors}`,
    )
  }
  const surviving = state.neighbours.filter(({ entry }) => survivors.has(entry.position)).length
  if (surviving < state.threshold) {
    refuse('too-few-survivors', `${surviving} neighbours survived; the threshold is ${state.threshold}`)
  }
}
