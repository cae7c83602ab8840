import type { ProtocolRound } from 'secagg/secagg'
import { PROTOCOL_ROUNDS } from 'secagg/testing'

/** Seconds: of CPU time, over all threads of the process and its garbage collection; and by the clock. */
export interface Cost {
  readonly cpu: number
  readonly wall: number
}

export type RoundCosts = Record<ProtocolRound, Cost>

/** Books work under the rounds that it belongs to. One piece of work at a time in the process, or figures would mix. */
export class CostMeter {
  readonly rounds: RoundCosts = Object.fromEntries(
    PROTOCOL_ROUNDS.map(round => [round, { cpu: 0, wall: 0 }]),
  ) as RoundCosts

  async measure<T>(round: ProtocolRound, work: () => T | Promise<T>): Promise<T> {
    const [result, cost] = await costOf(work)
    const { cpu, wall } = this.rounds[round]
    this.rounds[round] = { cpu: cpu + cost.cpu, wall: wall + cost.wall }
    return result
  }

  get total(): Cost {
    return totalOf(this.rounds)
  }
}

export async function costOf<T>(work: () => T | Promise<T>): Promise<[T, Cost]> {
  const clock = performance.now()
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return [result, { cpu: (user + system) / 1e6, wall: (performance.now() - clock) / 1e3 }]
}

export function totalOf(rounds: RoundCosts): Cost {
  const costs = Object.values(rounds)
  const sum = (field: keyof Cost) => costs.reduce((total, cost) => total + cost[field], 0)
  return { cpu: sum('cpu'), wall: sum('wall') }
}

/** Each cost divided by `count`. */
export function meanOf(rounds: RoundCosts, count: number): RoundCosts {
  const divided = Object.entries(rounds).map(([round, { cpu, wall }]) => [
    round,
    { cpu: cpu / count, wall: wall / count },
  ])
  return Object.fromEntries(divided) as RoundCosts
}
