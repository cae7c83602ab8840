import { describe, expect, it } from 'vitest'

/*
 * The fuzzer itself, at targets with planted faults: one that finds nothing there would find nothing anywhere.
 * It is plain JavaScript that needs no build, as the command is.
 */

interface Target {
  readonly name: string
  readonly weight: number
  make(choice: number): Uint8Array
  run(bytes: Uint8Array, choice: number, allocations: unknown): string
}

const script = (name: string) => import(new URL(`../../scripts/fuzz/${name}.mjs`, import.meta.url).href)
const { Fuzzer, Broken } = await script('engine')
const { Random } = await script('random')
const { Scratch } = await script('scratch')
const { decodeWithin, requireSameBytes } = await script('promises')

/** Four random bytes, and what the target makes of them. */
function fuzz(run: (bytes: Uint8Array) => string, inputs: number, seed = 1) {
  const random = new Random()
  const scratch = new Scratch(random)
  const target: Target = {
    name: 'planted',
    weight: 1,
    make() {
      scratch.clear()
      scratch.appendNoise(4)
      return scratch.aligned(0)
    },
    run,
  }
  const fuzzer = new Fuzzer({ targets: [target], random, seed, allocations: undefined })
  for (let i = 0; i < inputs && !fuzzer.isDone; i++) fuzzer.step(i)
  return fuzzer
}

describe('the fuzzer', () => {
  it('counts verdicts, and finds nothing where nothing is wrong', () => {
    const { counts, findings } = fuzz(bytes => (bytes[0]! < 128 ? 'accepted' : 'refused'), 2000)
    expect(findings).toEqual([])
    const planted: Map<string, number> = counts.get('planted')
    expect(planted.get('accepted')! + planted.get('refused')!).toBe(2000)
    expect(planted.get('accepted')).toBeGreaterThan(800)
  })

  it('finds an error that no decoder may throw, with the input that leads to it', () => {
    const { findings } = fuzz(bytes => {
      if (bytes[1] === 77) throw new TypeError('planted')
      return 'accepted'
    }, 5000)
    expect(findings.length).toBeGreaterThan(5)
    expect(findings[0]).toMatchObject({ target: 'planted', problem: expect.stringContaining('TypeError: planted') })
    expect(findings[0].hex).toMatch(/^..4d....$/)
  })

  it('finds an input that takes too long', () => {
    let slow = 0
    const { findings } = fuzz(bytes => {
      if (bytes[0] !== 200) return 'accepted'
      slow++
      for (const end = performance.now() + 120; performance.now() < end; );
      return 'accepted'
    }, 300)
    expect(slow).toBeGreaterThan(0)
    expect(findings[0]).toMatchObject({
      problem: expect.stringMatching(/^it took \d+ ms$/),
      hex: expect.stringMatching(/^c8/),
    })
  })

  it('gives the same inputs for the same seed, and others for another', () => {
    const inputsOf = (seed: number) => {
      const inputs: string[] = []
      fuzz(bytes => `${inputs.push(bytes.join())}`, 50, seed)
      return inputs
    }
    expect(inputsOf(5)).toEqual(inputsOf(5))
    expect(new Set([...inputsOf(5), ...inputsOf(6)]).size).toBe(100)
  })

  it('tells a second encoding, an unknown code, and too large an allocation', () => {
    expect(() => requireSameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toThrow(Broken)
    expect(() => requireSameBytes(Uint8Array.of(1), Uint8Array.of(1, 3))).toThrow(Broken)
    const allocations = { bytes: 0, reset() {} }
    const decode = (fail?: object) => () => {
      if (fail !== undefined) throw fail
      return 'value'
    }
    class Refused extends Error {
      readonly code = 'known'
    }
    const run = (fail: object | undefined, codes: string[], most: number) =>
      decodeWithin(allocations, most, decode(fail), Refused, new Set(codes))
    expect(run(undefined, [], 0)).toEqual({ value: 'value' })
    expect(run(new Refused(), ['known'], 0)).toEqual({ code: 'known' })
    expect(() => run(new Refused(), ['other'], 0)).toThrow('unknown code "known"')
    expect(() => run(new RangeError('planted'), ['known'], 0)).toThrow(RangeError)
    allocations.bytes = 9
    expect(() => run(undefined, [], 8)).toThrow('it allocated 9 bytes, at most 8 are due')
  })
})
