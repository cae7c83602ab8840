import { DecodeError } from '../../errors.ts'
import { decodeClientMessage, decodeMessage, decodeServerMessage, encodeMessage } from '../../messages/frame.ts'
import type { DecodeStep, MessageVector, RefusedMessageVector } from './file.ts'
import { fromHex, sameJson, toHex } from './json.ts'
import { messageFromJson, messageToJson } from './message-json.ts'
import { badCase, goodCase, Mismatch, type VectorResult } from './report.ts'

const PREFIX_BYTES = 16

/** The frame decodes to the fields, and the fields encode to the frame. */
export function runMessage(vector: MessageVector): Promise<VectorResult> {
  return goodCase(vector.name, 'decode', () => {
    const decoded = messageToJson(decodeMessage(fromHex(vector.frame), vector.limits))
    if (!sameJson(decoded, vector.message)) throw new Mismatch('decode', `decoded as ${JSON.stringify(decoded)}`)
    const encoded = toHex(encodeMessage(messageFromJson(vector.message)))
    if (encoded !== vector.frame) throw new Mismatch('encode', `encoded as ${encoded}`)
  })
}

/** The frame is refused, at the step and by the code that the vector names. */
export function runRefusedMessage(vector: RefusedMessageVector): Promise<VectorResult> {
  const { frame, limits, receiver, refused } = vector
  const decode = { client: decodeServerMessage, server: decodeClientMessage, either: decodeMessage }
  return badCase(vector.name, refused, () => {
    const bytes = fromHex(frame)
    try {
      decode[receiver ?? 'either'](bytes, limits)
      return undefined
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return { step: stepOf(error, bytes), code: error.code }
    }
  })
}

/** From where in the frame the decoder says that the fault lies. */
function stepOf({ code, message }: DecodeError, bytes: Uint8Array): DecodeStep {
  if (message.startsWith('frame: ')) return 'frame'
  if (code === 'wrong-direction') return 'direction'
  const offset = Number(/ at byte (\d+): /.exec(message)?.[1])
  const headerEnd = PREFIX_BYTES + new DataView(bytes.buffer).getUint32(4)
  // Without padding the body starts where the header ends: there a header can only lack something.
  return offset < headerEnd || (offset === headerEnd && code === 'truncated') ? 'header' : 'body'
}
