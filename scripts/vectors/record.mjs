import { encodeMessage, RingVector, resolveParameters } from 'secagg/secagg'
import { faultsAt, seededRandom, seededSplitter, simulate } from 'secagg/testing'
import { effectiveDegree } from '../../dist/secagg/graph/index.js'
import { thresholdFor } from '../../dist/secagg/parameters.js'
import { entriesOf, vectorOf } from '../../dist/secagg/testing/vectors/json.js'
import { bytesOf, hex } from './samples.mjs'

/** Simulates an aggregation and writes down everything that it started from, said and came to. */
export async function record(name, { clients, parameters, dropouts }) {
  const seed = `test vectors: ${name}`
  const { vectorLength, modulusBits } = parameters
  const inputs = Object.fromEntries(clients.map(id => [id, inputOf(`${name} ${id}`, vectorLength, modulusBits)]))
  const messages = []
  const result = await simulate({
    seed,
    clients,
    parameters,
    inputs: id => vectorOf(inputs[id], modulusBits),
    faults: faultsAt(Object.entries(dropouts).map(([client, round]) => ({ kind: 'drop', client, round }))),
    observe: ({ round, direction, client, message }) =>
      messages.push({ round, direction, client, frame: hex(encodeMessage(message)) }),
  })
  if (result.outcome !== 'sum' || !result.sum.equals(result.expectedSum)) throw new Error(`${name} gave no sum`)
  const whole = resolveParameters({ ...parameters, clients: clients.length })
  const random = seededRandom(seed)
  return {
    name,
    seed,
    parameters: { ...parameters, clients: clients.length },
    context: hex(random.fork('context')(32)),
    session: hex(random.fork('session')(32)),
    graphSeed: hex(random.fork('server')(32)),
    time: 0,
    clients: await Promise.all(
      clients.map(async id => ({
        id,
        input: inputs[id],
        ...(dropouts[id] && { dropsOut: dropouts[id] }),
        ...(await secretsOf(random, id, whole)),
      })),
    ),
    messages,
    survivors: result.survivors,
    sum: entriesOf(result.sum),
    transcriptHash: result.transcriptHash,
  }
}

/** What a simulated client draws, in its order. */
async function secretsOf(random, id, parameters) {
  const own = random.fork(`client/${id}`)
  const identity = {
    'semi-honest': () => undefined,
    'semi-malicious': () => own(32),
    'malicious-server': () => random.fork(`identity/${id}`)(32),
  }[parameters.threatModel]()
  const [encryptionSecretKey, maskSecretKey, selfMaskSeed] = [own(32), own(32), own(32)]
  const split = seededSplitter(own.fork('split'))
  const degree = effectiveDegree(parameters.graph, parameters.clients)
  const threshold = thresholdFor(parameters, degree)
  const selfMaskShares = await split(selfMaskSeed, degree, threshold)
  const maskKeyShares = await split(maskSecretKey, degree, threshold)
  return {
    ...(identity && { identitySecretKey: hex(identity) }),
    encryptionSecretKey: hex(encryptionSecretKey),
    maskSecretKey: hex(maskSecretKey),
    selfMaskSeed: hex(selfMaskSeed),
    selfMaskShares: selfMaskShares.map(hex),
    maskKeyShares: maskKeyShares.map(hex),
  }
}

function inputOf(label, vectorLength, modulusBits) {
  const vector = RingVector.zeros(vectorLength, modulusBits)
  const view = new DataView(bytesOf(label, 8 * vectorLength).buffer)
  for (let i = 0; i < vectorLength; i++) vector.set(i, view.getBigUint64(8 * i))
  return entriesOf(vector)
}
