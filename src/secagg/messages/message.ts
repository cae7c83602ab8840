import type { AdvertiseKeys } from './advertise-keys.ts'
import type { ConsistencyCheck } from './consistency-check.ts'
import type { MaskedInput } from './masked-input.ts'
import type { Roster } from './roster.ts'
import type { ShareDelivery } from './share-delivery.ts'
import type { ShareKeys } from './share-keys.ts'
import type { Survivors } from './survivors.ts'
import type { Unmasking } from './unmasking.ts'
import type { UnmaskingRequest } from './unmasking-request.ts'

/** What clients send. */
export type ClientMessage = AdvertiseKeys | ShareKeys | MaskedInput | ConsistencyCheck | Unmasking
/** What the server sends. */
export type ServerMessage = Roster | ShareDelivery | Survivors | UnmaskingRequest
export type Message = ClientMessage | ServerMessage
export type MessageType = Message['type']

/** Version of the protocol and of its wire format. Another one is refused by name. */
export const PROTOCOL_VERSION = 1
/** Bytes of a session id. */
export const SESSION_BYTES = 32
/** Most UTF-8 bytes of a client id. */
export const MAX_ID_BYTES = 64
/** GF(256) has 255 usable x coordinates: no client has more neighbours. */
export const MAX_NEIGHBOURS = 255
