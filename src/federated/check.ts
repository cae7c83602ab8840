import { FederatedError } from './errors.ts'

/** How a wrong value is shown in a message: its kind, and itself only when it is a plain number. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}

/** An integer from `least` to 2^53 - 1, or an `invalid-option` error. */
export function integerOption(where: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new FederatedError('invalid-option', `${where} must be an integer of at least ${least}, not ${shown(value)}.`)
}

/** A finite number above zero, or an `invalid-option` error. */
export function positiveOption(where: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  throw new FederatedError('invalid-option', `${where} must be a finite number above 0, not ${shown(value)}.`)
}

/** The position of the first value that is NaN or infinite, or -1. */
export function firstNonFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i
  return -1
}

/** Whether a string has a UTF-8 form, that is, no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}
