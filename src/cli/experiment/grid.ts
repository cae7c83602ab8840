import { type CellSettings, effective, SETTING_NAMES, type SettingName } from './settings.ts'
import { type Located, MOST_COMBINATIONS, NOWHERE, type Position, type Source } from './source.ts'

/** One run of an experiment. */
export interface Cell {
  /** What sets it apart from the other cells, e.g. `partition=iid epochs=5`. */
  readonly name: string
  readonly settings: CellSettings
}

/** The values of every setting that a file, or one case of it, gives. */
export interface Grid {
  /** Of the case; absent where there is none, or it has no name. */
  readonly name?: string
  /** Where it begins. */
  readonly at: Position
  readonly values: Readonly<Record<SettingName, readonly Located[]>>
}

interface Draft {
  readonly grid: Grid
  readonly settings: CellSettings
}

/** Fewer cannot keep each other's updates from the server; see `ClientPolicy`. */
const SMALLEST_SECURE_COHORT = 3
/** Of the complete graph, which GF(256) shares allow. */
const LARGEST_SECURE_COHORT = 256

/** The cartesian product of every grid, in the order of the file. What does not go together is a problem of the source. */
export function cellsOf(grids: readonly Grid[], source: Source): readonly Cell[] {
  const drafts = grids.flatMap(grid => product(grid, source))
  const names = namesOf(drafts)
  const cells = new Map<string, Cell>()
  for (const [i, { settings, grid }] of drafts.entries()) {
    const name = names[i]!
    const twin = cells.get(name)
    if (twin === undefined) cells.set(name, { name, settings })
    else if (JSON.stringify(twin.settings) !== JSON.stringify(settings)) {
      source.problem(grid.at, `two cells are named "${name}": name the cases differently`)
    }
  }
  return [...cells.values()]
}

/** Whether a cell is meant by some words of its name, such as `iid` or `partition=iid epochs=5`. */
export function isMeant(cell: Cell, words: string): boolean {
  const parts = new Set(cell.name.split(' '))
  return words
    .trim()
    .split(/\s+/)
    .every(word => parts.has(word))
}

function product(grid: Grid, source: Source): Draft[] {
  const size = SETTING_NAMES.reduce((total, name) => total * grid.values[name].length, 1)
  if (size > MOST_COMBINATIONS) {
    source.problem(grid.at, `this grid has ${size} cells; at most ${MOST_COMBINATIONS} are run`)
    return []
  }
  let combinations: Partial<Record<SettingName, Located>>[] = [{}]
  for (const name of SETTING_NAMES) {
    combinations = combinations.flatMap(known => grid.values[name].map(value => ({ ...known, [name]: value })))
  }
  return combinations.map(located => {
    const values = Object.entries(located).map(([name, { value }]) => [name, value])
    const settings = effective(Object.fromEntries(values) as CellSettings)
    checkTogether(settings, name => located[name]!.at, source)
    return { grid, settings }
  })
}

/** What no setting alone can be wrong about. */
function checkTogether(settings: CellSettings, at: (name: SettingName) => Position, source: Source): void {
  const { clients, fraction, secure } = settings
  const cohort = Math.round(clients * fraction)
  const place = at('fraction') === NOWHERE ? at('clients') : at('fraction')
  const asked = `a fraction of ${fraction} of ${clients} clients is a cohort of ${cohort}`
  const least = secure ? SMALLEST_SECURE_COHORT : 1
  if (cohort < least) source.problem(place, `${asked}: expected at least ${least}`)
  if (secure && cohort > LARGEST_SECURE_COHORT) {
    source.problem(place, `${asked}: expected at most ${LARGEST_SECURE_COHORT}, or secure: false`)
  }
}

/**
 * By the settings that vary: within a case that has a name, in that case, and otherwise in the whole file. In a file of one
 * cell that is none.
 */
function namesOf(drafts: readonly Draft[]): string[] {
  const inFile = varyingIn(drafts)
  const inCase = new Map<Grid, readonly SettingName[]>()
  for (const grid of new Set(drafts.map(draft => draft.grid))) {
    if (grid.name !== undefined) inCase.set(grid, varyingIn(drafts.filter(draft => draft.grid === grid)))
  }
  return drafts.map(({ grid, settings }) => {
    const varying = (inCase.get(grid) ?? inFile).filter(name => settings[name] !== undefined)
    const parts = varying.map(name => `${name}=${labelOf(settings[name])}`)
    return [...(grid.name === undefined ? [] : [grid.name]), ...parts].join(' ') || 'all'
  })
}

function varyingIn(drafts: readonly Draft[]): readonly SettingName[] {
  return SETTING_NAMES.filter(name => new Set(drafts.map(({ settings }) => JSON.stringify(settings[name]))).size > 1)
}

/** A value in one word: `0.1`, `fedprox(mu=0.1)`, `exponential(initial=0.1,factor=0.99)`. */
function labelOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(labelOf).join('+')
  const { name, schedule, ...others } = value as Record<string, unknown>
  const rest = Object.entries(others).map(([key, part]) => `${key}=${labelOf(part)}`)
  return `${name ?? schedule}${rest.length === 0 ? '' : `(${rest.join(',')})`}`
}
