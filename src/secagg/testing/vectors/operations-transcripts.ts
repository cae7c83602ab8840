import type { GraphSpec } from '../../graph/index.ts'
import type { ShareKind } from '../../messages/unmasking.ts'
import { type ResolvedParameters, resolveParameters, type ThreatModel } from '../../parameters.ts'
import * as transcript from '../../transcript.ts'
import { type Fields, toHex } from './json.ts'
import type { Operations } from './operation.ts'

/** What is hashed and signed. */
export const transcriptOperations: Operations = {
  'advertisement-to-sign'(input) {
    const keys = {
      session: input.bytes('session'),
      encryptionKey: input.bytes('encryptionKey'),
      maskKey: input.bytes('maskKey'),
    }
    const parameters = parametersOf(input.object('parameters'))
    const [id, expiry, context] = [input.text('id'), input.number('expiry'), input.bytes('context')]
    return { bytes: toHex(transcript.advertisementToSign(keys, id, expiry, parameters, context)) }
  },
  t1(input) {
    const parameters = parametersOf(input.object('parameters'))
    const [session, context, root] = [input.bytes('session'), input.bytes('context'), input.bytes('root')]
    return { t1: toHex(transcript.rosterTranscript(session, parameters, context, input.number('size'), root)) }
  },
  t3(input) {
    const t3 = transcript.survivorTranscript(
      input.bytes('t1'),
      input.positions('sharers'),
      input.positions('survivors'),
    )
    return { t3: toHex(t3), toSign: toHex(transcript.consistencyToSign(t3)) }
  },
  'masked-input-digest': input => ({
    digest: toHex(transcript.maskedInputDigest(input.bytes('t1'), input.positions('sharers'), input.vector('vector'))),
  }),
  'commit-share'(input) {
    const [session, share] = [input.bytes('session'), input.bytes('share')]
    const kind = input.number('kind') as ShareKind
    const [dealer, holder] = [input.text('dealer'), input.text('holder')]
    return { commitment: toHex(transcript.shareCommitment(session, dealer, holder, kind, share)) }
  },
  'commit-seed': input => ({
    commitment: toHex(transcript.seedCommitment(input.bytes('session'), input.text('dealer'), input.bytes('seed'))),
  }),
}

function parametersOf(input: Fields): ResolvedParameters {
  const optional = (name: 'threshold' | 'corrupted' | 'rangeLength') =>
    input.has(name) ? { [name]: input.number(name) } : {}
  return resolveParameters({
    threatModel: input.text('threatModel') as ThreatModel,
    clients: input.number('clients'),
    graph: graphOf(input.object('graph')),
    vectorLength: input.number('vectorLength'),
    modulusBits: input.number('modulusBits'),
    ...optional('threshold'),
    ...optional('corrupted'),
    ...optional('rangeLength'),
  })
}

export function graphOf(input: Fields): GraphSpec {
  return input.text('kind') === 'complete' ? { kind: 'complete' } : { kind: 'harary', degree: input.number('degree') }
}
