import { expect } from 'vitest'
import { FederatedError, type FederatedErrorCode } from '../../src/federated/index.ts'

/** Expects a call to throw a FederatedError of this code whose message matches. */
export function expectCode(call: () => unknown, code: FederatedErrorCode, message: RegExp = /./): FederatedError {
  let thrown: unknown
  try {
    call()
  } catch (error) {
    thrown = error
  }
  return checkError(thrown, code, message)
}

/** Expects a promise to reject with a FederatedError of this code whose message matches. */
export async function expectRejection(
  promise: Promise<unknown>,
  code: FederatedErrorCode,
  message: RegExp = /./,
): Promise<FederatedError> {
  const thrown = await promise.then(
    () => undefined,
    error => error,
  )
  return checkError(thrown, code, message)
}

function checkError(thrown: unknown, code: FederatedErrorCode, message: RegExp): FederatedError {
  expect(thrown).toBeInstanceOf(FederatedError)
  const error = thrown as FederatedError
  expect(error.code, error.message).toBe(code)
  expect(error.message).toMatch(message)
  return error
}
