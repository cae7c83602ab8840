import { describe, expect, it } from 'vitest'
import { logChoose, logFactorial, logFalling } from '../../../src/secagg/graph/log-factorial.ts'
import { binomial, falling, logRatio } from './exact.ts'
import vectors from './vectors.json' with { type: 'json' }

describe('logarithms of factorials', () => {
  it('are those of exact integers up to 300!, to 1e-13 relative', () => {
    for (let n = 2; n <= 300; n++) {
      const exact = logRatio(falling(n, n), 1n)
      expect(Math.abs(logFactorial(n) / exact - 1), `${n}!`).toBeLessThan(1e-13)
    }
    expect([logFactorial(0), logFactorial(1)]).toEqual([0, 0])
  })

  it.each(vectors.logFactorial)('agree with 60 digits at $n!', ({ n, value }) => {
    expect(Math.abs(logFactorial(n) / value - 1)).toBeLessThan(1e-14)
  })

  it('lose nothing in a quotient of huge ones', () => {
    // 1,000,000! / 999,997!: by subtracting two logarithms of 10^7 this would be off by 1e-9.
    expect(Math.abs(logFalling(1_000_000, 3) - logRatio(falling(1_000_000, 3), 1n))).toBeLessThan(1e-13)
    for (const [n, k] of [
      [1000, 362],
      [1000, 999],
      [1000, 1000],
      [17, 1],
      [16, 15],
      [1_000_000, 250],
    ] as const) {
      const exact = logRatio(falling(n, k), 1n)
      expect(Math.abs(logFalling(n, k) / exact - 1), `${n} falling ${k}`).toBeLessThan(1e-14)
    }
  })

  it('are minus infinity where there is nothing to count, and 0 for an empty product', () => {
    expect(logFalling(3, 4)).toBe(Number.NEGATIVE_INFINITY)
    expect(logChoose(3, 4)).toBe(Number.NEGATIVE_INFINITY)
    expect([logFalling(0, 0), logFalling(7, 0), logChoose(0, 0), logChoose(9, 9)]).toEqual([0, 0, 0, 0])
  })

  it('give every binomial coefficient up to n = 80', () => {
    for (let n = 1; n <= 80; n++) {
      for (let k = 0; k <= n; k++) {
        expect(Math.abs(logChoose(n, k) - logRatio(binomial(n, k), 1n)), `${n} choose ${k}`).toBeLessThan(2e-13)
      }
    }
  })
})
