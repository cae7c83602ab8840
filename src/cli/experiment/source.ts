import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml'
import { CliError } from '../problems.ts'

/** Where something stands in a file, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where a default stands. */
export const NOWHERE: Position = { line: 1, column: 1 }

/** One thing that is wrong in a file. */
export interface FileProblem {
  readonly at: Position
  readonly message: string
}

/** A value, and where it and its parts stand. */
export interface Located {
  readonly value: unknown
  readonly at: Position
  /** Of an object: its fields. */
  readonly fields?: ReadonlyMap<string, Field>
}

/** One field of an object. */
export interface Field {
  /** Of the name. */
  readonly at: Position
  readonly located: Located
}

type Node = ParsedNode | null | undefined

/** More cells than anybody can wait for. */
export const MOST_COMBINATIONS = 10_000

/** What lists are: elsewhere a list means one after the other. */
const LISTS: ReadonlySet<string> = new Set(['at'])

/** A YAML file, or JSON, and what is wrong in it: everything is collected, so that it can be said at once. */
export class Source {
  readonly path: string
  readonly problems: FileProblem[] = []
  readonly #document: Document.Parsed
  readonly #lines: LineCounter = new LineCounter()

  constructor(path: string, text: string) {
    this.path = path
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      this.problem(this.#position(pos[0]), message)
    }
  }

  problem(at: Position, message: string): void {
    if (this.problems.some(known => known.at === at && known.message === message)) return
    this.problems.push({ at, message })
  }

  /** @throws CliError that names them all, when there are problems. */
  check(): void {
    if (this.problems.length === 0) return
    const sorted = [...this.problems].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
    throw new ExperimentFileError(
      sorted.map(({ at, message }) => `${this.path}:${at.line}:${at.column}: ${message}`),
      this.path,
    )
  }

  /** The fields of the file itself, or none when it is something else. */
  root(): ReadonlyMap<string, { readonly at: Position; readonly node: Node }> {
    return this.fieldsOf(this.#document.contents, 'settings by name, such as epochs: 5')
  }

  /** The fields of a node that is to be a mapping. */
  fieldsOf(node: Node, expected: string): ReadonlyMap<string, { readonly at: Position; readonly node: Node }> {
    const resolved = this.#resolve(node)
    if (isMap(resolved)) return new Map(this.#pairs(resolved as YAMLMap<ParsedNode, Node>))
    this.problem(this.at(node), `expected ${expected}`)
    return new Map()
  }

  /** The items of a node that is to be a list. */
  itemsOf(node: Node, expected: string): readonly Node[] {
    const resolved = this.#resolve(node)
    if (isSeq(resolved) && resolved.items.length > 0) return resolved.items as Node[]
    this.problem(this.at(node), `expected ${expected}`)
    return []
  }

  /** Every value that a node stands for: those of a list one by one, and of an object every combination of its fields. */
  alternatives(node: Node): readonly Located[] {
    const resolved = this.#resolve(node)
    if (!isSeq(resolved)) return this.#single(node)
    const alternatives = this.itemsOf(node, 'a list of at least one value').flatMap(item => {
      if (!isSeq(this.#resolve(item as Node))) return this.#single(item as Node)
      this.problem(this.at(item as Node), 'expected a value, found a list within a list')
      return []
    })
    this.#checkDistinct(alternatives)
    return alternatives
  }

  /** A value as it is, lists and all. */
  plain(node: Node): Located {
    const resolved = this.#resolve(node)
    if (isScalar(resolved)) return { value: resolved.value, at: this.at(node) }
    return { value: resolved == null ? null : resolved.toJS(this.#document), at: this.at(node) }
  }

  at(node: Node): Position {
    return this.#position(node?.range?.[0] ?? 0)
  }

  #single(node: Node): readonly Located[] {
    const resolved = this.#resolve(node)
    if (!isMap(resolved)) return [this.plain(node)]
    const pairs = this.#pairs(resolved as YAMLMap<ParsedNode, Node>)
    let combinations: ReadonlyMap<string, Field>[] = [new Map()]
    for (const [name, { at, node: value }] of pairs) {
      const located = LISTS.has(name) ? [this.plain(value)] : this.alternatives(value)
      if (combinations.length * located.length > MOST_COMBINATIONS) {
        this.problem(at, `these lists come to more than ${MOST_COMBINATIONS} combinations`)
        return []
      }
      combinations = combinations.flatMap(known =>
        located.map(field => new Map([...known, [name, { at, located: field }]])),
      )
    }
    return combinations.map(fields => ({
      value: Object.fromEntries([...fields].map(([name, { located }]) => [name, located.value])),
      at: this.at(node),
      fields,
    }))
  }

  #pairs(map: YAMLMap<ParsedNode, Node>): [string, { readonly at: Position; readonly node: Node }][] {
    return map.items.flatMap(({ key, value }: Pair<ParsedNode, Node>) => {
      const at = this.at(key)
      if (!isScalar(key) || value === null || value === undefined) {
        this.problem(at, 'expected a name and a value, such as epochs: 5')
        return []
      }
      return [[String(key.value), { at, node: value }]]
    })
  }

  #resolve(node: Node): Node {
    return isAlias(node) ? (node.resolve(this.#document) as Node) : node
  }

  #checkDistinct(alternatives: readonly Located[]): void {
    const seen = new Set<string>()
    for (const { value, at } of alternatives) {
      const text = JSON.stringify(value)
      if (seen.has(text)) this.problem(at, `${text} is in the list twice`)
      seen.add(text)
    }
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
}

/** A file that describes no experiment, and why: one line for each reason, beginning with file:line:column. */
export class ExperimentFileError extends CliError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[], path: string) {
    const several = `${problems.length} problems in ${path}`
    super(problems.length === 1 ? problems[0]! : several, { exitCode: 2, hint: 'the format: docs/experiments.md' })
    this.problems = problems
  }
}
