import { SecAggError } from '../../errors.ts'
import type { Fields, JsonObject } from './json.ts'

/** Computes the outputs from the inputs of one vector. */
export type Operation = (input: Fields) => JsonObject | Promise<JsonObject>

/** Operations by the names that vectors have for them. */
export type Operations = Readonly<Record<string, Operation>>

/** What an operation that only checks says of what it accepts. */
const ACCEPTED: JsonObject = { accepted: true }

/** {@link ACCEPTED}, or the refusal by which the protocol answers where a primitive only says no. */
export function acceptIf(holds: boolean, code: string): JsonObject {
  if (!holds) throw new SecAggError(code, 'the check does not hold')
  return ACCEPTED
}
