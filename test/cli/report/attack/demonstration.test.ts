import { expect, test } from 'vitest'
import { demonstrateInversion } from '../../../../src/cli/report/attack/demonstration.ts'
import { loadSample } from '../../../../src/mnist/index.ts'

test.each([1, 2])(
  'a digit comes out of the gradient in clear and not out of what the server received: seed %i',
  async seed => {
    const { train } = await loadSample()
    const { digit, label, clear, masked } = await demonstrateInversion(train, seed)
    expect(Math.max(...digit)).toBeGreaterThan(0.9)
    expect(clear.correlation).toBeGreaterThan(0.95)
    expect(clear.label).toBe(label)
    // Of two unrelated pictures of 784 pixels: about 5 standard deviations.
    expect(Math.abs(masked.correlation)).toBeLessThan(0.18)
  },
)
