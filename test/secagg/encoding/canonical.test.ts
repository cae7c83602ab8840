import { describe, expect, it } from 'vitest'
import { canonicalPlanBytes, type EncodingSpec, planEncoding } from '../../../src/secagg/encoding/index.ts'
import { MEAN } from './helpers.ts'

function hex(spec: EncodingSpec): string {
  return [...canonicalPlanBytes(planEncoding(spec))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

describe('canonicalPlanBytes', () => {
  it('is frozen: these bytes are hashed by other implementations', () => {
    const metrics = [
      { name: 'loss', kind: 'real', min: 0, max: 1, bits: 8 },
      { name: 'n', kind: 'integer', min: -5, max: 300n },
    ] as const
    expect(hex({ ...MEAN, metrics })).toBe(
      '1173656361676720656e636f64696e672031' + // 'secagg encoding 1'
        '00' + // mean
        '000000000000000a' + // clients
        '0000000000000003' + // dimension
        '1000' + // bits, clip per coordinate
        '3ff0000000000000' + // bound
        '0000000000000064' + // weightBound
        '0000000000000002' + // metrics
        '046c6f7373' + // 'loss'
        '010800000000000000003ff0000000000000' + // real, 8 bits, 0 to 1
        '016e' + // 'n'
        '00010135000331' + // integer, -5 ...
        '3263' + // ... to 300
        '14' + // modulusBits
        '000000000000000e', // length: 3 + 1 + 1 + 1 + 2 + 2 + (1 + 1) + (1 + 1)
    )
  })

  it('differs whenever anything in the plan differs', () => {
    const real = { name: 'a', kind: 'real', min: 0, max: 1, bits: 8 } as const
    const integer = { name: 'a', kind: 'integer', min: 0, max: 1 } as const
    const { weightBound: _, ...sum } = MEAN
    const specs: EncodingSpec[] = [
      MEAN,
      { ...sum, kind: 'sum' },
      { ...MEAN, clients: 11 },
      { ...MEAN, dimension: 4 },
      { ...MEAN, bits: 17 },
      { ...MEAN, clip: { kind: 'l2', bound: 1 } },
      { ...MEAN, clip: { kind: 'coordinate', bound: 2 } },
      { ...MEAN, weightBound: 101 },
      ...[real, { ...real, name: 'b' }, { ...real, bits: 9 }, { ...real, min: -1 }, { ...real, max: 2 }, integer].map(
        metric => ({ ...MEAN, metrics: [metric] }),
      ),
      { ...MEAN, metrics: [integer, real].map((metric, i) => ({ ...metric, name: `m${i}` })) },
      { ...MEAN, metrics: [real, integer].map((metric, i) => ({ ...metric, name: `m${i}` })) },
      ...[
        [0, 1],
        [-1, 1],
        [1, 1],
        [0, 2n ** 40n],
        [1, 2n ** 40n + 1n],
      ].map(
        ([min, max]) => ({ kind: 'integers', clients: 10, dimension: 3, min: min!, max: max!, metrics: [] }) as const,
      ),
    ]
    expect(new Set(specs.map(hex)).size).toBe(specs.length)
  })

  it('does not depend on how a number was written or the fields were ordered', () => {
    const integer = { name: 'n', kind: 'integer', min: 0, max: 5 } as const
    const real = { name: 'r', kind: 'real', min: 0, max: 5, bits: 3 } as const
    const reordered = Object.fromEntries(Object.entries(MEAN).reverse()) as unknown as typeof MEAN
    expect(hex({ ...MEAN, metrics: [integer, real] })).toBe(
      hex({
        ...reordered,
        metrics: [
          { ...integer, max: 5n },
          { ...real, min: -0 },
        ],
      }),
    )
  })
})
