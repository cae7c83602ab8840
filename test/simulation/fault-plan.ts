import { expect } from 'vitest'
import type { GraphSpec } from '../../src/secagg/graph/index.ts'
import { PositionSet } from '../../src/secagg/messages/position-set.ts'
import type { Roster } from '../../src/secagg/messages/roster.ts'
import { ShareKind, UNMASKING_ENTRY_BYTES, type Unmasking } from '../../src/secagg/messages/unmasking.ts'
import type { UnmaskingRequest } from '../../src/secagg/messages/unmasking-request.ts'
import type { ThreatModel } from '../../src/secagg/parameters.ts'
import {
  FAULT_KINDS,
  type MessageSight,
  randomBelow,
  randomFaults,
  type SimulationOptions,
  type SimulationResult,
  seededRandom,
  simulate,
} from '../../src/secagg/testing/index.ts'

export interface Plan {
  readonly options: SimulationOptions
  readonly threatModel: ThreatModel
  readonly threshold: number
}

/** One of endlessly many cohorts with things going wrong, by its number. */
export function planOf(number: number): Plan {
  const random = seededRandom('fault plans').fork(`${number}`)
  const below = (bound: number) => randomBelow(random, bound)
  // Signatures are slow: half of the plans do without.
  const threatModel = (['semi-honest', 'semi-honest', 'semi-malicious', 'malicious-server'] as const)[below(4)]!
  const clients = threatModel === 'semi-honest' ? 4 + below(5) : 4 + below(3)
  const sparse = threatModel !== 'malicious-server' && clients > 5 && below(3) === 0
  const graph: GraphSpec = sparse ? { kind: 'harary', degree: 4 } : { kind: 'complete' }
  const degree = sparse ? 4 : clients - 1
  const least = threatModel === 'semi-honest' ? 2 : Math.floor(degree / 2) + 1
  const threshold = Math.max(2, least) + below(Math.max(1, degree - least))
  // Most plans have few faults, or nothing would ever come out.
  const severity = [0.01, 0.03, 0.1][below(3)]!
  const rates = Object.fromEntries(FAULT_KINDS.map(kind => [kind, below(2) * severity * (0.5 + below(100) / 100)]))
  const options: SimulationOptions = {
    seed: `cohort ${number}`,
    clients,
    parameters: {
      threatModel,
      graph,
      threshold,
      vectorLength: below(30),
      modulusBits: 1 + below(62),
      rangeLength: 1 + below(20),
    },
    stagedInputs: 1 + below(3),
    faults: randomFaults({ seed: `faults ${number}`, rates }),
  }
  return { options, threatModel, threshold }
}

/** Everything that left the clients in Unmasking, as shares by dealer and kind. */
class Releases {
  readonly #rosters = new Map<string, Roster>()
  readonly #requests = new Map<string, UnmaskingRequest>()
  readonly #answered = new Set<string>()
  /** By dealer: who gave a share of its self-mask seed, and who one of its mask key. */
  readonly holders = new Map<string, { readonly selfMask: Set<string>; readonly maskKey: Set<string> }>()

  observe({ client, message }: MessageSight): void {
    if (message.type === 'Roster') this.#rosters.set(client, message)
    if (message.type === 'UnmaskingRequest') this.#requests.set(client, message)
    if (message.type === 'Unmasking') this.#record(client, message)
  }

  #record(holder: string, { shares }: Unmasking): void {
    expect(this.#answered.has(holder), `${holder} answers once`).toBe(false)
    this.#answered.add(holder)
    const roster = this.#rosters.get(holder)!
    const { survivors, dropped } = this.#requests.get(holder)!
    const sharers = PositionSet.of(survivors.size, [...survivors, ...dropped])
    const dealers = roster.entries.filter(entry => entry.id !== holder && sharers.has(entry.position))
    expect(shares.length).toBe(dealers.length * UNMASKING_ENTRY_BYTES)
    for (const [i, { id }] of dealers.entries()) {
      const kind = shares[i * UNMASKING_ENTRY_BYTES]
      const released = this.holders.get(id) ?? { selfMask: new Set(), maskKey: new Set() }
      if (kind === ShareKind.SELF_MASK) released.selfMask.add(holder)
      if (kind === ShareKind.MASK_KEY) released.maskKey.add(holder)
      this.holders.set(id, released)
    }
  }
}

/** Runs a plan and checks what must hold of any: the exact sum or a clean abort, and nobody's two secrets. */
export async function checkPlan(number: number): Promise<SimulationResult> {
  const { options, threatModel, threshold } = planOf(number)
  const releases = new Releases()
  const result = await simulate({ ...options, observe: sight => releases.observe(sight) })
  if (result.outcome === 'sum') {
    expect(result.sum.equals(result.expectedSum), `plan ${number}: the sum is that of the survivors`).toBe(true)
    expect(result.survivors.length).toBeGreaterThanOrEqual(3)
  } else {
    expect(result.abort.reason).toMatch(/^(too-few-(clients|survivors|confirmations|shares)|inconsistent-shares)$/)
  }
  for (const [dealer, { selfMask, maskKey }] of releases.holders) {
    const both = [...selfMask].filter(holder => maskKey.has(holder))
    expect(both, `plan ${number}: who gave both shares of ${dealer}`).toEqual([])
    if (threatModel === 'semi-honest') continue
    const exposed = selfMask.size >= threshold && maskKey.size >= threshold
    expect(exposed, `plan ${number}: both secrets of ${dealer} came out`).toBe(false)
  }
  return result
}

/** Runs a plan again and compares what was said, word for word. */
export async function checkRepetition(number: number, first: SimulationResult): Promise<void> {
  const second = await simulate(planOf(number).options)
  expect(second.transcriptHash, `plan ${number}`).toBe(first.transcriptHash)
  expect(second.outcome).toBe(first.outcome)
  expect(second.rejections).toEqual(first.rejections)
  expect(second.refusals).toEqual(first.refusals)
}

/** What a set of plans has shown: without variety it would show nothing. */
export class Census {
  readonly #seen = new Map<string, number>()
  plans = 0

  add(result: SimulationResult): void {
    this.plans++
    const reasons = result.rejections.map(({ reason }) => `rejected: ${reason}`)
    const codes = result.refusals.map(({ code }) => `refused: ${code}`)
    const ending = result.outcome === 'sum' ? 'sum' : `aborted: ${result.abort.reason}`
    const aside = result.outcome === 'sum' && result.setAside.length > 0 ? ['sum in spite of wrong shares'] : []
    const dropped = result.outcome === 'sum' && result.dropped.length > 0 ? ['sum in spite of dropouts'] : []
    for (const what of new Set([ending, ...reasons, ...codes, ...aside, ...dropped])) {
      this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1)
    }
  }

  count(what: string): number {
    return this.#seen.get(what) ?? 0
  }

  get kinds(): readonly string[] {
    return [...this.#seen.keys()].sort()
  }
}
