/** The five rounds of an aggregation, by their names in Bonawitz et al., CCS 2017, figure 4. */
export type ProtocolRound = 'AdvertiseKeys' | 'ShareKeys' | 'MaskedInputCollection' | 'ConsistencyCheck' | 'Unmasking'

/** Where an error happened. Never holds a secret: only names, positions and sizes. */
export interface ErrorContext {
  readonly round?: ProtocolRound
  readonly clientId?: string
  readonly cause?: unknown
}

/**
 * The root of every error that the protocol throws. Which subclass it is tells whose fault it was: the caller's
 * ({@link UsageError}), a peer's bytes ({@link DecodeError}), a server that asked for what must not be given
 * ({@link RefusalError}), or a round that could not be completed ({@link AggregationAbortedError}).
 */
export class SecAggError extends Error {
  override readonly name: string = 'SecAggError'
  /** Stable and machine-readable, e.g. `threshold-above-cohort`. */
  readonly code: string
  readonly round?: ProtocolRound
  readonly clientId?: string

  constructor(code: string, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.code = code
    if (context.round !== undefined) this.round = context.round
    if (context.clientId !== undefined) this.clientId = context.clientId
  }
}

/** The caller held the library wrong: a bad parameter, a method out of its round, a vector that does not fit. */
export class UsageError extends SecAggError {
  override readonly name = 'UsageError'
}

/** A peer's bytes are not a canonical message. */
export class DecodeError extends SecAggError {
  override readonly name = 'DecodeError'
}

/** A client refuses what the server sent. Its state is spent: it takes no further part in this aggregation. */
export class RefusalError extends SecAggError {
  override readonly name = 'RefusalError'
}

/**
 * The aggregation ended without a sum, and none of its keys and masks is used again. What clients had answered by then is
 * with the server: where it may lie, an abort in the last round may be one that only pretends.
 */
export class AggregationAbortedError extends SecAggError {
  override readonly name = 'AggregationAbortedError'
}
