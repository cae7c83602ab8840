import { type ProtocolRound, RefusalError } from '../errors.ts'
import { equalBytes } from '../primitives/bytes.ts'
import type { ClientSetup } from './state.ts'

/** Refuses in the name of one client and one round. */
export type Refuse = (code: string, message: string) => never

export function refusalsOf(setup: ClientSetup, round: ProtocolRound): Refuse {
  return (code, message) => {
    throw new RefusalError(code, message, { round, clientId: setup.id })
  }
}

/** Refuses a message of another type or of another session. */
export function checkEnvelope(
  setup: ClientSetup,
  message: { readonly type: string; readonly session: Uint8Array },
  expected: string,
  refuse: Refuse,
): void {
  if (message.type !== expected) refuse('wrong-message', `expected ${expected}, got ${message.type}`)
  if (!equalBytes(message.session, setup.session)) {
    refuse('wrong-session', `this ${expected} belongs to another session`)
  }
}
