import { decodeMessage, encodeMessage, limitsFor } from 'secagg/secagg'
import { maliciousRefusals, semiHonestRefusals, semiMaliciousRefusals } from './alterations.mjs'
import { record } from './record.mjs'

const AGGREGATIONS = [
  {
    name: 'semi-honest',
    clients: ['ann', 'Zoë', '测试', '😀', '\uffff'],
    parameters: {
      threatModel: 'semi-honest',
      graph: { kind: 'complete' },
      threshold: 3,
      vectorLength: 7,
      modulusBits: 20,
      rangeLength: 3,
    },
    dropouts: { 测试: 'MaskedInputCollection' },
    refusals: semiHonestRefusals,
  },
  {
    name: 'semi-malicious',
    clients: ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'],
    parameters: {
      threatModel: 'semi-malicious',
      graph: { kind: 'harary', degree: 6 },
      threshold: 4,
      vectorLength: 3,
      modulusBits: 40,
    },
    dropouts: { c2: 'ShareKeys', c5: 'MaskedInputCollection' },
    refusals: semiMaliciousRefusals,
  },
  {
    name: 'malicious-server',
    clients: ['ann', 'bob', 'carol', 'dave', 'erin', 'faye'],
    parameters: {
      threatModel: 'malicious-server',
      graph: { kind: 'complete' },
      threshold: 3,
      corrupted: 0,
      vectorLength: 4,
      modulusBits: 32,
    },
    dropouts: { dave: 'MaskedInputCollection', erin: 'Unmasking' },
    refusals: maliciousRefusals,
  },
]

/** One file for each threat model, by its name. */
export async function aggregationFiles() {
  const files = {}
  for (const { name, refusals, ...options } of AGGREGATIONS) {
    const aggregation = await record(name, options)
    files[`aggregation-${name}.json`] = {
      about: `An aggregation in the ${name} model, and alterations that the client or the server must refuse.`,
      kind: 'aggregation',
      aggregation,
      refusals: refusals(new Recording(aggregation)),
    }
  }
  return files
}

/** Finds and rewrites the messages of a recorded aggregation. */
class Recording {
  constructor(aggregation) {
    this.aggregation = aggregation
    this.messages = aggregation.messages.map(({ frame, ...rest }, index) => ({
      ...rest,
      index,
      message: decodeMessage(new Uint8Array(Buffer.from(frame, 'hex')), limitsFor(aggregation.parameters)),
    }))
  }

  /** The `nth` message of this type from or to this client. */
  find(type, client, nth = 0) {
    const found = this.messages.filter(({ message, client: id }) => message.type === type && id === client)[nth]
    if (found === undefined) throw new Error(`there is no ${type} of ${client}`)
    return found
  }

  /** The message with other fields. */
  change({ index, message }, change) {
    const fields = typeof change === 'function' ? change(message) : change
    return { message: index, frame: Buffer.from(encodeMessage({ ...message, ...fields })).toString('hex') }
  }

  lose({ index }) {
    return { message: index, frame: null }
  }

  position(client) {
    return this.find('Roster', client).message.position
  }
}
