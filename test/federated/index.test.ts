import { describe, expect, test } from 'vitest'
import * as federated from '../../src/federated/index.ts'
import { SecAggError } from '../../src/secagg/errors.ts'

describe('the federated layer', () => {
  test('has one family of errors, part of the library’s own', () => {
    const error = new federated.FederatedError('invalid-option', 'A message.', { clientId: 'alice' })
    expect(error).toBeInstanceOf(SecAggError)
    expect(error).toMatchObject({ name: 'FederatedError', code: 'invalid-option', clientId: 'alice' })
    expect(String(error)).toBe('FederatedError: A message.')
  })

  test('opens its front door for workers, data sets, partitions, strategies, models and dropouts', () => {
    expect(Object.keys(federated)).toEqual(
      expect.arrayContaining([
        'FederatedError',
        'VirtualWorker',
        'applyDelta',
        'createModel',
        'decodeSafetensors',
        'deriveSeed',
        'dirichlet',
        'dropoutsAt',
        'encodeSafetensors',
        'fedAvg',
        'fedSgd',
        'federate',
        'iid',
        'labelShards',
        'modelHash',
        'modelsEqual',
        'noDropouts',
        'parameterCount',
        'randomDropouts',
        'tensor',
        'validateWorkers',
      ]),
    )
  })
})
