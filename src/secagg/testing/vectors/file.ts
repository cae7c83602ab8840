import type { ProtocolRound } from '../../errors.ts'
import type { MessageLimits } from '../../messages/limits.ts'
import type { AggregationParameters } from '../../parameters.ts'
import type { JsonObject } from './json.ts'

/** What the field `format` of every vector file says. */
export const VECTOR_FORMAT = 'secagg test vectors, version 1'

interface AnyVectorFile {
  readonly format: typeof VECTOR_FORMAT
  /** What is in the file, for a reader. */
  readonly about: string
}

/** A vector file, parsed. `docs/wire-format.md` describes each kind, under 'Test vectors'. */
export type VectorFile =
  | (AnyVectorFile & { readonly kind: 'messages'; readonly cases: readonly MessageVector[] })
  | (AnyVectorFile & { readonly kind: 'refused-messages'; readonly cases: readonly RefusedMessageVector[] })
  | (AnyVectorFile & { readonly kind: 'operations'; readonly cases: readonly OperationVector[] })
  | (AnyVectorFile & { readonly kind: 'refused-operations'; readonly cases: readonly RefusedOperationVector[] })
  | (AnyVectorFile & {
      readonly kind: 'aggregation'
      readonly aggregation: RecordedAggregation
      readonly refusals: readonly AlterationVector[]
    })

/** A message and its one encoding. */
export interface MessageVector {
  readonly name: string
  readonly limits: MessageLimits
  readonly message: JsonObject
  /** Hexadecimal, as all bytes in vector files. */
  readonly frame: string
}

/** Where in its work a decoder refuses: the prefix and its lengths, whose message it is, the header, or the body. */
export type DecodeStep = 'frame' | 'direction' | 'header' | 'body'

/** Bytes that are no message. */
export interface RefusedMessageVector {
  readonly name: string
  readonly limits: MessageLimits
  readonly frame: string
  /** Who decodes; either when absent. */
  readonly receiver?: 'client' | 'server'
  readonly refused: { readonly step: DecodeStep; readonly code: string }
}

/** A primitive or transcript: inputs and outputs by name. */
export interface OperationVector {
  readonly name: string
  readonly operation: string
  readonly input: JsonObject
  readonly output: JsonObject
}

/** Inputs that the operation must not take. The step is the operation. */
export interface RefusedOperationVector {
  readonly name: string
  readonly operation: string
  readonly input: JsonObject
  readonly refused: { readonly step: string; readonly code: string }
}

/** A whole aggregation: everything that both sides start from, every message in order, and what came of it. */
export interface RecordedAggregation {
  readonly name: string
  /** The seed from which `simulate` makes this very aggregation. */
  readonly seed: string
  readonly parameters: AggregationParameters
  readonly context: string
  readonly session: string
  /** The server's, 32 bytes: deals the places on the graph. */
  readonly graphSeed: string
  /** What everybody's clock shows, in milliseconds since 1970. */
  readonly time: number
  readonly clients: readonly RecordedClient[]
  readonly messages: readonly RecordedMessage[]
  readonly survivors: readonly string[]
  readonly sum: readonly string[]
  /** As in the result of `simulate`. */
  readonly transcriptHash: string
}

/** A client's input and everything that it drew at random. */
export interface RecordedClient {
  readonly id: string
  readonly input: readonly string[]
  /** Its last word came before this round. */
  readonly dropsOut?: ProtocolRound
  /** Ed25519, where the model signs. */
  readonly identitySecretKey?: string
  readonly encryptionSecretKey: string
  readonly maskSecretKey: string
  readonly selfMaskSeed: string
  /** By ascending position of the neighbour that gets them. */
  readonly selfMaskShares: readonly string[]
  readonly maskKeyShares: readonly string[]
}

export interface RecordedMessage {
  readonly round: ProtocolRound
  readonly direction: 'up' | 'down'
  readonly client: string
  readonly frame: string
}

/** The method that refuses, or how the server's run ends. */
export type RefusalStep =
  | 'shareKeys'
  | 'maskInput'
  | 'confirmSurvivors'
  | 'unmask'
  | 'receive'
  | 'closeRound'
  | 'setAside'

/** The aggregation again, with some messages replaced (or, where `frame` is null, lost). The last one is refused. */
export interface AlterationVector {
  readonly name: string
  readonly by: 'client' | 'server'
  readonly alter: readonly { readonly message: number; readonly frame: string | null }[]
  /** The recipient's clock when it gets the last of them, if not the aggregation's. */
  readonly time?: number
  readonly refused: { readonly step: RefusalStep; readonly code: string }
}
