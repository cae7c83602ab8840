import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { CliError } from '../problems.ts'
import { type Cell, cellsOf, type Grid } from './grid.ts'
import { DEFAULTS, SCHEMAS, SETTING_NAMES, type SettingName } from './settings.ts'
import { type Field, type Located, NOWHERE, type Position, Source } from './source.ts'

/** A file, read and checked. */
export interface ExperimentFile {
  readonly path: string
  /** `auto`, `sample`, `full` or a folder. */
  readonly data: string
  readonly cells: readonly Cell[]
}

/** What a file has besides settings. */
const OF_THE_FILE = ['description', 'data', 'cases'] as const
const CASE_NAME = /^[\w.:+-]+$/

/** @throws CliError when there is no such file, or what is wrong in it: all of it, with line and column. */
export async function readExperiment(path: string): Promise<ExperimentFile> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'no such file' : (cause.code ?? cause.message)
    throw new CliError(`${path} cannot be read (${why})`, {
      hint: 'the format: docs/experiments.md',
      exitCode: 2,
      cause,
    })
  })
  return parseExperiment(path, text)
}

/** The same of a text that stands in a file of that name. @throws ExperimentFileError */
export function parseExperiment(path: string, text: string): ExperimentFile {
  const source = new Source(path, text)
  source.check()
  const fields = source.root()
  const data = textOf(source, fields, 'data') ?? 'auto'
  textOf(source, fields, 'description')
  const base = { ...defaults(), ...valuesOf(source, fields, OF_THE_FILE) }
  const cases = fields.get('cases')
  const grids =
    cases === undefined
      ? [{ at: NOWHERE, values: base }]
      : source.itemsOf(cases.node, 'a list of cases, each with settings of its own').map(item => {
          const own = source.fieldsOf(item, 'settings by name, such as epochs: 5')
          const name = caseName(source, own)
          const values = { ...base, ...valuesOf(source, own, ['name']) }
          return { at: source.at(item), ...(name !== undefined && { name }), values }
        })
  source.check()
  const cells = cellsOf(grids, source)
  source.check()
  return { path, data, cells }
}

type Fields = ReturnType<Source['fieldsOf']>

function defaults(): Grid['values'] {
  const entries = SETTING_NAMES.map(name => [name, [{ value: DEFAULTS[name], at: NOWHERE }]])
  return Object.fromEntries(entries) as unknown as Grid['values']
}

function valuesOf(
  source: Source,
  fields: Fields,
  besides: readonly string[],
): Partial<Record<SettingName, readonly Located[]>> {
  const values: Partial<Record<SettingName, readonly Located[]>> = {}
  for (const [name, { at, node }] of fields) {
    if (besides.includes(name)) continue
    if (!isSetting(name)) {
      source.problem(at, `there is no setting "${name}"; ${suggestion(name, [...SETTING_NAMES, ...besides])}`)
      continue
    }
    values[name] = source.alternatives(node).map(located => checked(source, name, named(name, located)))
  }
  return values
}

function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SCHEMAS, name)
}

/** A strategy that needs nothing else may be given by its name alone. */
function named(name: SettingName, located: Located): Located {
  const { value, at } = located
  if (name !== 'strategy' || typeof value !== 'string') return located
  return { value: { name: value }, at, fields: new Map([['name', { at, located }]]) }
}

function checked(source: Source, name: SettingName, located: Located): Located {
  const { issues } = v.safeParse(SCHEMAS[name], located.value)
  for (const issue of issues ?? []) {
    const { at, message } = problemOf(name, located, issue as v.BaseIssue<unknown>)
    source.problem(at, message)
  }
  return located
}

/** Where an issue is, in the words of the file. */
function problemOf(name: string, located: Located, issue: v.BaseIssue<unknown>): { at: Position; message: string } {
  const [step] = issue.path ?? []
  const key = step === undefined ? undefined : String(step.key)
  const field: Field | undefined = key === undefined ? undefined : located.fields?.get(key)
  if (key === undefined) return { at: located.at, message: expected(name, issue.message, located.value) }
  const origin = 'origin' in step! ? step.origin : 'value'
  if (field === undefined) {
    const missing = origin === 'key' ? `${key} is missing` : `${key} is missing: expected ${issue.message}`
    return { at: located.at, message: `${name}: ${missing}` }
  }
  if (origin === 'key') return { at: field.at, message: `${name}: there is no "${key}" here` }
  const where = located.value !== null && key === 'name' ? name : `${name}.${key}`
  return { at: field.located.at, message: expected(where, issue.message, field.located.value) }
}

function expected(name: string, what: string, found: unknown): string {
  return `${name}: expected ${what}, found ${shown(found)}`
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 40)}...` : text
}

function textOf(source: Source, fields: Fields, name: string): string | undefined {
  const field = fields.get(name)
  if (field === undefined) return undefined
  const { value, at } = source.plain(field.node)
  if (typeof value === 'string' && value !== '') return value
  source.problem(at, expected(name, 'text', value))
  return undefined
}

function caseName(source: Source, fields: Fields): string | undefined {
  const name = textOf(source, fields, 'name')
  if (name === undefined || CASE_NAME.test(name)) return name
  source.problem(source.at(fields.get('name')!.node), expected('name', 'one word of letters, digits or _.:+-', name))
  return undefined
}

function suggestion(name: string, names: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[-_ ]/g, '')
  const near = names.find(known => distance(plain(name), plain(known)) <= 2)
  return near === undefined ? `expected one of ${names.join(', ')}` : `did you mean ${near}?`
}

/** Letters to insert, delete or replace (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
