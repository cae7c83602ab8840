import { DecodeError, type ProtocolRound, RefusalError, SecAggError } from '../errors.ts'
import type { Refusal, Rejection } from './result.ts'

/** What went wrong, as it is found out. */
export class Journal {
  readonly refusals: Refusal[] = []
  readonly rejections: Rejection[] = []

  refused(id: string, round: ProtocolRound, code: string): void {
    this.refusals.push({ id, round, code })
  }

  rejected(rejection: Rejection): void {
    this.rejections.push(rejection)
  }

  /** Notes an error by which a client or a decoder declines what it got; any other is a bug, and is thrown. */
  declined(id: string, round: ProtocolRound, error: unknown): void {
    if (!(error instanceof RefusalError || error instanceof DecodeError)) throw error
    this.refused(id, round, error.code)
  }
}

/** The machines did what they must never do. A simulation ends with this; it is a bug in the library. */
export function broken(what: string): SecAggError {
  return new SecAggError('simulation-invariant', what)
}
