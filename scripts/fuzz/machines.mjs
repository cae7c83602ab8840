import {
  DecodeError,
  decodeClientMessage,
  decodeServerMessage,
  encodeMessage,
  limitsFor,
  MemorySessionLog,
  RefusalError,
  RingVector,
  SecAggClient,
  SecAggServer,
  UsageError,
} from 'secagg/secagg'
import { seededRandom, seededSplitter } from 'secagg/testing'
import { DECODE_CODES } from '../../dist/secagg/messages/codec.js'
import { generateIdentity } from '../../dist/secagg/primitives/signature.js'
import { memoizedVerify } from '../../dist/secagg/testing/memoized-verify.js'
import { Broken, describe } from './engine.mjs'
import { Scratch } from './scratch.mjs'

const MODELS = ['semi-honest', 'semi-honest', 'semi-malicious', 'malicious-server']
const REASONS = new Set(
  (
    'wrong-session wrong-round unknown-client duplicate malformed cohort-full invalid-key duplicate-key ' +
    'missing-signature bad-signature expired digest-mismatch staging-full dropped'
  ).split(' '),
)
const CODES = new Set(DECODE_CODES)
const METHODS = ['shareKeys', 'maskInput', 'confirmSurvivors', 'unmask']
const METHOD_OF = {
  Roster: 'shareKeys',
  ShareDelivery: 'maskInput',
  Survivors: 'confirmSurvivors',
  UnmaskingRequest: 'unmask',
}
const IDS = ['ann', 'bob', 'carol', 'dave', 'erin', 'faye']
/** Damaged messages before each true one, about. */
const THROWS = 6
/** Chances, in percent, that it is the very message that is due which is damaged: few such games come to a sum. */
const HOSTILITY = [0, 3, 60]
const AFTER_SESSION = 48
/** Before anybody has said anything. */
const NOTHING = { bytes: new Uint8Array(0) }

/**
 * Plays whole aggregations and throws damaged messages at both sides, in whatever state they are. The server never throws
 * and gives reasons of its list; a client throws a RefusalError, or a UsageError out of its round; and if there is a sum
 * in the end, it is that of the survivors.
 */
export class MachineFuzzer {
  counts = { 'server.receive': new Map(), 'client methods': new Map(), outcomes: new Map() }
  findings = []
  inputs = 0
  #random
  #scratch
  #seed
  #announce

  constructor({ random, seed, announce = () => {} }) {
    this.#random = random
    this.#scratch = new Scratch(random)
    this.#seed = seed
    this.#announce = announce
  }

  /** One aggregation, number `index`. */
  async play(index) {
    this.#random.seed(this.#seed ^ 0x5ec, index)
    const game = new Game(`${this.#seed}/${index}`, this.#random.pick(MODELS), this.#random.pick(HOSTILITY))
    try {
      await this.#rounds(game)
    } catch (error) {
      const problem = error instanceof Broken ? error.message : `it threw ${describe(error)}`
      this.findings.push({ target: 'machines', index, problem, hex: Buffer.from(this.#scratch.view()).toString('hex') })
    }
  }

  async #rounds(game) {
    let answers = new Map(game.ids.map(id => [id, [game.clients.get(id).advertiseKeys()]]))
    for (;;) {
      for (const [id, messages] of answers) this.#deliver(game, id, messages)
      const outcome = await game.server.closeRound()
      if (outcome.kind !== 'next') return this.#end(game, outcome)
      answers = new Map()
      for (const [id, message] of outcome.messages) {
        game.saw(message, 'down', id)
        const messages = await this.#answer(game, id, message)
        if (messages !== undefined) answers.set(id, messages)
      }
    }
  }

  async #end(game, outcome) {
    this.#count('outcomes', outcome.kind === 'aborted' ? outcome.reason : outcome.kind)
    this.#throwAtServer(game, this.#random.pick(game.ids))
    if (outcome.kind === 'aborted') return
    const { sum, survivors } = await game.server.sum()
    if (!sum.equals(game.plainSum(survivors))) throw new Broken(`the sum over ${survivors.join()} is wrong`)
  }

  #deliver(game, id, messages) {
    for (const message of messages) {
      game.saw(message, 'up', id)
      for (let i = this.#random.below(2 * THROWS); i > 0; i--) this.#throwAtServer(game, id)
      const copies = this.#random.chance(10) ? 2 : this.#random.chance(98) ? 1 : 0
      for (let i = 0; i < copies; i++) this.#receive(game, message)
    }
  }

  #throwAtServer(game, line) {
    const bytes = this.#damaged(game, 'up', line)
    let message
    try {
      message = decodeClientMessage(bytes, game.limits)
    } catch (error) {
      return this.#count('server.receive', decodeCode(error))
    }
    // Who is on the line is for the transport to know: nobody speaks for another.
    if (message.sender !== line) return this.#count('server.receive', 'wrong-sender')
    this.#count('server.receive', this.#receive(game, message))
  }

  #receive(game, message) {
    const receipt = game.server.receive(message)
    if (receipt.accepted) return 'accepted'
    if (!REASONS.has(receipt.reason)) throw new Broken(`it rejected for the unknown reason "${receipt.reason}"`)
    return receipt.reason
  }

  /** Throws at a client, and has it answer the true message if it still can. */
  async #answer(game, id, message) {
    const client = game.clients.get(id)
    const due = METHOD_OF[message.type]
    for (let i = this.#random.below(THROWS); i > 0; i--) {
      await this.#throwAtClient(game, id, this.#random.pick(METHODS.filter(method => method !== due)))
    }
    // Now and then in its round: it answers, or it refuses and is finished.
    if (this.#random.chance(3)) {
      const answer = await this.#throwAtClient(game, id, due)
      for (let i = this.#random.below(THROWS); i > 0; i--) {
        await this.#throwAtClient(game, id, this.#random.pick(METHODS))
      }
      return answer
    }
    return call(client, due, message, game.inputs.get(id)).catch(error => this.#refused(error))
  }

  async #throwAtClient(game, id, method) {
    const bytes = this.#damaged(game, 'down', id)
    let message
    try {
      message = decodeServerMessage(bytes, game.limits)
    } catch (error) {
      this.#count('client methods', decodeCode(error))
      return undefined
    }
    try {
      const answer = await call(game.clients.get(id), method, message, game.inputs.get(id))
      this.#count('client methods', 'accepted')
      return answer
    } catch (error) {
      return this.#refused(error)
    }
  }

  #refused(error) {
    const isRefusal = error instanceof RefusalError || (error instanceof UsageError && error.code === 'out-of-round')
    if (!isRefusal) throw error
    this.#count('client methods', error.code)
    return undefined
  }

  /** A message of this aggregation, as it is or damaged; mostly one that goes this way, of or to this client. */
  #damaged(game, direction, client) {
    const random = this.#random
    const fitting = game.frames.filter(frame => frame.direction === direction && frame.client === client)
    // The last one is the one that is due.
    const due = fitting.pop()
    const others = game.frames.filter(frame => frame !== due)
    const all = others.length > 0 ? others : [NOTHING]
    const isDue = due !== undefined && random.chance(game.hostility)
    const { bytes } = isDue ? due : random.pick(fitting.length > 0 && random.chance(70) ? fitting : all)
    this.#scratch.clear()
    this.#scratch.append(bytes)
    const kind = random.below(10)
    // Most damage keeps all lengths: the machines are to see it, not only the decoder.
    if (kind < 7)
      this.#scratch.editInteger(random.chance(50) ? AFTER_SESSION + random.below(30) : random.below(bytes.length))
    else if (kind < 9) this.#scratch.damage(random.pick(all).bytes)
    this.inputs++
    const input = this.#scratch.view().slice()
    this.#announce(input)
    return input
  }

  #count(what, verdict) {
    this.counts[what].set(verdict, (this.counts[what].get(verdict) ?? 0) + 1)
  }
}

async function call(client, method, message, input) {
  if (method === 'maskInput') return client.maskInput(message, input)
  return [await client[method](message)]
}

function decodeCode(error) {
  if (!(error instanceof DecodeError)) throw error
  if (!CODES.has(error.code)) throw new Broken(`it refused with the unknown code "${error.code}"`)
  return error.code
}

/** The parties of one aggregation, and the messages that were seen in it. */
class Game {
  ids = IDS
  frames = []
  hostility
  limits
  server
  clients
  inputs

  constructor(seed, threatModel, hostility) {
    this.hostility = hostility
    const random = seededRandom(seed)
    const parameters = {
      threatModel,
      clients: IDS.length,
      graph: { kind: 'complete' },
      threshold: 3,
      vectorLength: 6,
      modulusBits: 20,
      rangeLength: 4,
    }
    this.limits = limitsFor(parameters)
    const identities = new Map(IDS.map(id => [id, generateIdentity(random.fork(`identity/${id}`))]))
    const knownKeys = new Map(IDS.map(id => [id, identities.get(id).publicKey]))
    const known = threatModel === 'malicious-server' ? { knownKeys } : {}
    const common = { parameters, context: random(32), session: random(32), verify: memoizedVerify(), now: () => 0 }
    this.server = new SecAggServer({ ...common, ...known, random: random.fork('server') })
    this.clients = new Map(
      IDS.map(id => {
        const own = random.fork(id)
        const split = seededSplitter(own.fork('split'))
        const sessions = new MemorySessionLog()
        return [
          id,
          new SecAggClient({ ...common, ...known, id, identity: identities.get(id), sessions, random: own, split }),
        ]
      }),
    )
    this.inputs = new Map(IDS.map(id => [id, inputOf(random.fork(`input/${id}`), parameters)]))
  }

  saw(message, direction, client) {
    this.frames.push({ bytes: encodeMessage(message), direction, client })
  }

  plainSum(ids) {
    const sum = RingVector.zeros(6, 20)
    for (const id of ids) sum.add(this.inputs.get(id))
    return sum
  }
}

function inputOf(random, { vectorLength, modulusBits }) {
  const vector = RingVector.zeros(vectorLength, modulusBits)
  for (let i = 0; i < vectorLength; i++) vector.set(i, new DataView(random(8).buffer).getBigUint64(0))
  return vector
}
