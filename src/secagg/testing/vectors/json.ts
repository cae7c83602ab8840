import { RingVector } from '../../encoding/ring.ts'
import { UsageError } from '../../errors.ts'
import { PositionSet } from '../../messages/position-set.ts'

/** What a vector file is made of. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** A file that is no vector file, or a field that is not what its place asks for. */
export function badVector(what: string): UsageError {
  return new UsageError('bad-vector-file', what)
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Bytes from lower-case hexadecimal digits. @throws UsageError `bad-vector-file`. */
export function fromHex(digits: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw badVector('bytes are written in pairs of lower-case hexadecimal digits')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Same values; the order of an object's fields says nothing. */
export function sameJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  if (!isObject(a) || !isObject(b)) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && sameJson(a[key]!, b[key]!))
}

/** Entries can have more bits than a JSON number keeps: they are decimal digits. */
export function entriesOf(vector: RingVector): string[] {
  return Array.from({ length: vector.length }, (_, i) => vector.get(i).toString())
}

export function vectorOf(entries: readonly string[], modulusBits: number): RingVector {
  const vector = RingVector.zeros(entries.length, modulusBits)
  for (const [i, entry] of entries.entries()) vector.set(i, BigInt(entry))
  return vector
}

/** Reads the fields of one object, each as what it must be. */
export class Fields {
  readonly #object: JsonObject
  readonly #where: string

  constructor(value: Json | undefined, where: string) {
    if (!isObject(value)) throw badVector(`${where} is not an object`)
    this.#object = value
    this.#where = where
  }

  has(name: string): boolean {
    return name in this.#object
  }

  text(name: string): string {
    const value = this.#object[name]
    if (typeof value !== 'string') throw this.#wrong(name, 'text')
    return value
  }

  number(name: string): number {
    const value = this.#object[name]
    if (typeof value !== 'number') throw this.#wrong(name, 'a number')
    return value
  }

  bytes(name: string): Uint8Array {
    return fromHex(this.text(name))
  }

  list(name: string): readonly Json[] {
    const value = this.#object[name]
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list')
    return value
  }

  texts(name: string): string[] {
    return this.list(name).map(item => {
      if (typeof item !== 'string') throw this.#wrong(name, 'a list of texts')
      return item
    })
  }

  numbers(name: string): number[] {
    return this.list(name).map(item => {
      if (typeof item !== 'number') throw this.#wrong(name, 'a list of numbers')
      return item
    })
  }

  /** A list of byte strings. */
  allBytes(name: string): Uint8Array[] {
    return this.texts(name).map(fromHex)
  }

  object(name: string): Fields {
    return new Fields(this.#object[name], `${this.#where}.${name}`)
  }

  objects(name: string): Fields[] {
    return this.list(name).map((item, i) => new Fields(item, `${this.#where}.${name}[${i}]`))
  }

  /** `{ size, members }` */
  positions(name: string): PositionSet {
    const set = this.object(name)
    return PositionSet.of(set.number('size'), set.numbers('members'))
  }

  /** `{ modulusBits, entries }` */
  vector(name: string): RingVector {
    const vector = this.object(name)
    return vectorOf(vector.texts('entries'), vector.number('modulusBits'))
  }

  #wrong(name: string, what: string): UsageError {
    return badVector(`${this.#where}.${name} is not ${what}`)
  }
}
