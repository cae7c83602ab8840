import { RingVector } from '../encoding/ring.ts'
import type { ProtocolRound } from '../errors.ts'
import { limitsFor } from '../messages/limits.ts'
import type { ServerMessage } from '../messages/message.ts'
import { type ResolvedParameters, resolveParameters } from '../parameters.ts'
import { type RoundOutcome, SecAggServer } from '../server/index.ts'
import { Downlink } from './downlink.ts'
import { Equivocation } from './equivocation.ts'
import { type Fault, type FaultPlan, NO_FAULTS } from './faults.ts'
import { Journal } from './journal.ts'
import { memoizedVerify } from './memoized-verify.ts'
import { Meter } from './meter.ts'
import type { SimulationOptions } from './options.ts'
import { clientIds, Population, SIMULATED_TIME, seededInputs } from './population.ts'
import type { SimulationReport, SimulationResult } from './result.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'
import { TranscriptHash } from './transcript-hash.ts'
import { type Network, Uplink } from './uplink.ts'

/**
 * Runs a whole aggregation in this process: the real client and server machines, any number of clients, every message
 * encoded and decoded, and whatever goes wrong on the way, all of it from one seed. What is simulated is the randomness,
 * the clock and the network, nothing else.
 *
 * Clients mask one at a time, and a masked vector is forgotten when the server has it: memory does not grow with clients
 * times entries.
 *
 * @throws UsageError when the options do not fit together; whatever goes wrong in the aggregation itself is in the result.
 * @throws SecAggError `simulation-invariant` when the machines do what they never may: a bug in this library.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const simulation = new Simulation(options)
  return simulation.run()
}

class Simulation {
  readonly #parameters: ResolvedParameters
  readonly #faults: FaultPlan
  readonly #context: Uint8Array
  readonly #server: SecAggServer
  readonly #population: Population
  readonly #inputs: NonNullable<SimulationOptions['inputs']>
  readonly #network: Network
  readonly #uplink: Uplink
  readonly #downlink: Downlink
  readonly #equivocation: Equivocation

  constructor(options: SimulationOptions) {
    const random = seededRandom(options.seed)
    const ids = clientIds(options.clients)
    this.#parameters = resolveParameters({ ...options.parameters, clients: ids.length })
    this.#faults = options.faults ?? NO_FAULTS
    this.#context = random.fork('context')(32)
    const common = { parameters: this.#parameters, context: this.#context, verify: memoizedVerify() }
    const session = random.fork('session')(32)
    this.#population = new Population(ids, { ...common, session, random, policy: options.policy })
    this.#server = startServer(options, this.#population, { ...common, session }, random)
    this.#inputs = options.inputs ?? seededInputs(random, this.#parameters)
    this.#network = {
      limits: limitsFor(this.#parameters),
      throughWire: options.throughWire ?? true,
      random: random.fork('network'),
      journal: new Journal(),
      meter: new Meter(),
      transcript: new TranscriptHash(),
      observe: options.observe,
    }
    this.#uplink = new Uplink(this.#network, this.#server)
    this.#downlink = new Downlink(this.#network, this.#inputs)
    this.#equivocation = new Equivocation(this.#parameters)
  }

  async run(): Promise<SimulationResult> {
    this.#advertise()
    for (let closed: ProtocolRound = 'AdvertiseKeys'; ; ) {
      const outcome = await this.#close(closed)
      if (outcome.kind === 'aborted') return this.#aborted(outcome)
      if (outcome.kind === 'finished') return this.#finished()
      await this.#converse(outcome.round, outcome.messages)
      closed = outcome.round
    }
  }

  #advertise(): void {
    const round = 'AdvertiseKeys'
    const { journal, meter } = this.#network
    for (const id of this.#population.ids) {
      const faults = this.#faults.at(round, id)
      if (suffers(faults, 'drop')) continue
      const context = suffers(faults, 'equivocate') ? this.#context.map(byte => byte ^ 0xff) : this.#context
      try {
        const message = meter.time('clients', round, () => this.#population.start(id, context).advertiseKeys())
        this.#uplink.send(id, round, [message], faults)
      } catch (error) {
        journal.declined(id, round, error)
      }
    }
  }

  async #converse(round: ProtocolRound, messages: ReadonlyMap<string, ServerMessage>): Promise<void> {
    this.#equivocation.learn(messages)
    for (const [id, message] of messages) {
      const client = this.#population.get(id)!
      const faults = this.#faults.at(round, id)
      if (suffers(faults, 'drop')) {
        this.#population.retire(id)
        continue
      }
      const shown = suffers(faults, 'equivocate') ? this.#equivocation.forge(id, message, messages) : message
      const answers = await this.#downlink.ask(client, round, shown, faults)
      if (answers.length > 0) this.#uplink.send(id, round, answers, faults)
    }
  }

  async #close(round: ProtocolRound): Promise<RoundOutcome> {
    this.#uplink.flush(round)
    const outcome = await this.#network.meter.timeAsync('server', round, () => this.#server.closeRound())
    this.#uplink.flushLate()
    return outcome
  }

  async #finished(): Promise<SimulationResult> {
    const { sum, survivors, setAside } = await this.#server.sum()
    this.#network.transcript.absorbText(`sum over ${survivors.length}`)
    this.#network.transcript.absorbBytes(sum.bytes())
    const expectedSum = RingVector.zeros(this.#parameters.vectorLength, this.#parameters.modulusBits)
    for (const id of survivors) expectedSum.add(await this.#inputs(id))
    return { outcome: 'sum', survivors, sum, expectedSum: expectedSum.reduce(), ...this.#report(), setAside }
  }

  #aborted({ round, reason, detail }: Extract<RoundOutcome, { kind: 'aborted' }>): SimulationResult {
    this.#network.transcript.absorbText(`aborted in ${round}: ${reason}`)
    return { outcome: 'aborted', survivors: [], abort: { round, reason, detail }, ...this.#report() }
  }

  #report(): SimulationReport {
    const { journal, meter, transcript } = this.#network
    return {
      dropped: this.#server.dropped,
      setAside: [],
      refusals: journal.refusals,
      rejections: journal.rejections,
      transcriptHash: transcript.hex,
      traffic: meter.traffic,
      timings: meter.timings,
    }
  }
}

function startServer(
  { minimumCohort, stagedInputs }: SimulationOptions,
  { ids, knownKeys }: Population,
  common: Pick<ConstructorParameters<typeof SecAggServer>[0], 'parameters' | 'context' | 'verify' | 'session'>,
  random: SeededRandom,
): SecAggServer {
  return new SecAggServer({
    ...common,
    invited: new Set(ids),
    random: random.fork('server'),
    now: () => SIMULATED_TIME,
    ...(knownKeys && { knownKeys }),
    ...(minimumCohort !== undefined && { minimumCohort }),
    ...(stagedInputs !== undefined && { stagedInputs }),
  })
}

function suffers(faults: readonly Fault[], kind: Fault['kind']): boolean {
  return faults.some(fault => fault.kind === kind)
}
