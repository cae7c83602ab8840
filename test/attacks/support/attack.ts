import { describe, expect, it } from 'vitest'
import * as honest from './library.ts'
import { type Library, type Patch, patchedSource } from './patched-source.ts'

export type { Library, Patch } from './patched-source.ts'

/** What came of an attack. The attack itself finds out, by what it computed and not by what did or did not throw. */
export type Verdict =
  /** Somebody refused, rejected or aborted; the codes, sorted. */
  | { readonly result: 'stopped'; readonly by: string }
  /** Nobody needed to object: the attacker has nothing, or the sum is right all the same. */
  | { readonly result: 'harmless'; readonly because: string }
  /** The attacker has what it must not have. */
  | { readonly result: 'broken'; readonly what: string }

export const stopped = (by: string): Verdict => ({ result: 'stopped', by })
export const harmless = (because: string): Verdict => ({ result: 'harmless', because })
export const broken = (what: string): Verdict => ({ result: 'broken', what })

/** One of the things in the source that cover an attack. */
export interface Guard {
  readonly name: string
  /** What takes it out of a copy of the source. */
  readonly patches: readonly Patch[]
  /** What this guard makes of the attack when all the others are gone; the honest verdict by default. */
  readonly alone?: Verdict
}

export interface Attack {
  readonly title: string
  run(library: Library): Promise<Verdict>
  /** What the shipped source makes of it. */
  readonly honest: Verdict
  /** Every guard that covers it. */
  readonly guards: readonly Guard[]
  /** What a copy without any of them makes of it. */
  readonly unguarded: Verdict
}

/** Runs an attack on the shipped source, on a copy without its guards, and on copies that keep one guard each. */
export function describeAttack({ title, run, honest: expected, guards, unguarded }: Attack): void {
  describe(title, () => {
    it(`fails on the source as it is: ${say(expected)}`, async () => {
      expect(expected.result).not.toBe('broken')
      expect(await run(honest)).toEqual(expected)
    })

    it(`succeeds on a copy without ${guards.map(guard => guard.name).join(', ')}: ${say(unguarded)}`, async () => {
      expect(unguarded.result).toBe('broken')
      expect(await run(await without(guards))).toEqual(unguarded)
    })

    if (guards.length === 1) return
    for (const guard of guards) {
      const alone = guard.alone ?? expected
      it(`fails on a copy with nothing left but ${guard.name}: ${say(alone)}`, async () => {
        expect(alone.result).not.toBe('broken')
        expect(await run(await without(guards.filter(other => other !== guard)))).toEqual(alone)
      })
    }
  })
}

function without(guards: readonly Guard[]): Promise<Library> {
  return patchedSource(guards.flatMap(guard => guard.patches))
}

function say(verdict: Verdict): string {
  if (verdict.result === 'stopped') return verdict.by
  return verdict.result === 'harmless' ? verdict.because : verdict.what
}
