import { RingVector } from '../../encoding/ring.ts'
import type { Message } from '../../messages/message.ts'
import { PositionSet } from '../../messages/position-set.ts'
import { entriesOf, fromHex, isObject, type Json, type JsonObject, toHex, vectorOf } from './json.ts'

/** Fields whose text is text; all other text in a message is bytes. */
const TEXTS = new Set(['type', 'sender', 'id'])

/** A message as vector files have it: the fields by their names, bytes in hexadecimal. */
export function messageToJson(message: Message): JsonObject {
  return toJson(message) as JsonObject
}

/** The inverse of {@link messageToJson}. What is no message is refused by the encoder that gets it. */
export function messageFromJson(json: JsonObject): Message {
  return fromJson(json) as Message
}

function toJson(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value)
  if (value instanceof PositionSet) return { size: value.size, members: [...value] }
  if (value instanceof RingVector) return { modulusBits: value.modulusBits, entries: entriesOf(value) }
  if (Array.isArray(value)) return value.map(toJson)
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, toJson(field)]))
  return value as Json
}

function fromJson(value: Json, key = ''): unknown {
  if (typeof value === 'string') return TEXTS.has(key) ? value : fromHex(value)
  if (Array.isArray(value)) return value.map(item => fromJson(item, key))
  if (!isObject(value)) return value
  if ('members' in value) return PositionSet.of(value.size as number, value.members as number[])
  if ('modulusBits' in value) return vectorOf(value.entries as string[], value.modulusBits as number)
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fromJson(field, name)]))
}
