import { describe, expect, it } from 'vitest'
import { findGraphParameters } from '../../../src/secagg/graph/find-parameters.ts'

/**
 * Degree and threshold that Google's finder gives, for 10, 100, ... clients (a leading null: no value for 10), at 40 bits
 * of security and 20 of correctness: the expectations of its unit test, fcp/secagg/server/graph_parameter_finder_test.cc
 * of github.com/google/federated-compute.
 */
const PUBLISHED: readonly [gamma: number, delta: number, semiMalicious: boolean, found: readonly (string | null)[]][] =
  [
    [0.45, 0.45, false, [null, '92/46', '822/417', '3494/1771', '5508/2788', '6240/3156']],
    [0.33, 0.33, false, ['8/4', '68/34', '286/150', '422/221', '480/251', '518/270']],
    [0.3, 0.3, true, [null, '92/62', '872/584', '4822/3230', '9388/6286', '11136/7454']],
    [0.05, 0.33, false, ['4/2', '28/6', '72/24', '86/29', '96/32', '102/34']],
    [0.05, 0.33, true, ['8/5', '72/39', '398/223', '746/420', '882/496', '970/545']],
    [0.33, 0.05, false, ['4/4', '34/29', '78/60', '92/70', '102/77', '110/83']],
    [0.33, 0.05, true, ['4/4', '42/37', '132/109', '178/146', '196/160', '212/173']],
    [0.05, 0.05, false, ['2/2', '12/6', '30/17', '34/20', '36/21', '38/22']],
    [0.05, 0.05, true, ['2/2', '16/11', '52/37', '62/44', '68/48', '74/52']],
    [0.33, 0, false, ['4/4', '26/25', '38/36', '42/40', '46/44', '50/47']],
    [0.33, 0, true, ['4/4', '26/26', '38/37', '42/41', '46/45', '50/49']],
    [0, 0.33, false, ['4/2', '26/2', '38/2', '42/2', '46/2', '50/2']],
    [0, 0.33, true, ['8/5', '68/35', '228/115', '326/164', '372/187', '410/206']],
    [0, 0, false, ['2/2', '2/2', '2/2', '2/2', '2/2', '2/2']],
    [0, 0, true, ['2/2', '2/2', '2/2', '2/2', '2/2', '2/2']],
  ]

/**
 * Where this library differs. `population`: a client's neighbours are drawn from the n - 1 others, there from all n,
 * itself included. `recheck`: a threshold raised to the minimum of 2 must still be reached by the survivors; there it is
 * raised after that check.
 */
const DIFFERENCES: Readonly<Record<string, { ours: string; because: 'population' | 'recheck' }>> = {
  '1000 0.45 0.45 false': { ours: '824/418', because: 'population' },
  '10000 0.45 0.45 false': { ours: '3498/1773', because: 'population' },
  '100000 0.45 0.45 false': { ours: '5510/2789', because: 'population' },
  '10000 0.3 0.3 true': { ours: '4828/3234', because: 'population' },
  '1000 0 0.33 true': { ours: '230/116', because: 'population' },
  '10 0.05 0.33 false': { ours: '6/2', because: 'recheck' },
  '10 0 0.33 false': { ours: '6/2', because: 'recheck' },
}

const cases = PUBLISHED.flatMap(([gamma, delta, semiMalicious, found]) =>
  found.flatMap((theirs, i) => (theirs ? [{ clients: 10 ** (i + 1), gamma, delta, semiMalicious, theirs }] : [])),
)

describe('the published parameters', () => {
  it.each(cases)(
    'for $clients clients, $gamma corrupted, $delta dropped, semi-malicious $semiMalicious: $theirs',
    ({ clients, gamma, delta, semiMalicious, theirs }) => {
      const difference = DIFFERENCES[`${clients} ${gamma} ${delta} ${semiMalicious}`]
      const { degree, threshold } = findGraphParameters({
        clients,
        corruptFraction: gamma,
        dropoutFraction: delta,
        semiMalicious,
        correctness: 20,
        maxDegree: clients - 1,
      })
      expect(`${degree}/${threshold}`).toBe(difference?.ours ?? theirs)
    },
  )

  it('agree in all but 7 of 88 cases, and the 7 ask for a few more neighbours', () => {
    expect(cases).toHaveLength(88)
    const extra = cases.flatMap(({ clients, gamma, delta, semiMalicious, theirs }) => {
      const difference = DIFFERENCES[`${clients} ${gamma} ${delta} ${semiMalicious}`]
      return difference ? [Number.parseInt(difference.ours, 10) - Number.parseInt(theirs, 10)] : []
    })
    expect(extra).toHaveLength(7)
    expect(Math.min(...extra)).toBe(2)
    expect(Math.max(...extra)).toBe(6)
  })
})
