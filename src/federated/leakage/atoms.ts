import type { BinaryMatrix } from './row-space.ts'

/** Clients that were in exactly the same sums: no combination of the sums tells one from another. */
export interface Atom {
  readonly clients: readonly string[]
}

/** Which atom was in which sum. */
export interface Participation {
  /** The most clients first; clients that were in no sum are in no atom. */
  readonly atoms: readonly Atom[]
  /** One row for each sum, one column for each atom. */
  readonly matrix: BinaryMatrix
}

/** Splits the clients of these sums into atoms. */
export function participationOf(sums: readonly ReadonlySet<string>[]): Participation {
  const groups = new Map<string, { clients: string[]; sums: number[] }>()
  for (const [client, history] of historiesOf(sums)) {
    const key = history.join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { clients: [client], sums: history })
    else group.clients.push(client)
  }
  const atoms = [...groups.values()].sort((a, b) => b.clients.length - a.clients.length)
  const matrix = sums.map(() => new Uint8Array(atoms.length))
  for (const [column, group] of atoms.entries()) for (const sum of group.sums) matrix[sum]![column] = 1
  return { atoms: atoms.map(({ clients }) => ({ clients })), matrix }
}

/** By client, in which sums it was. */
function historiesOf(sums: readonly ReadonlySet<string>[]): Map<string, number[]> {
  const histories = new Map<string, number[]>()
  for (const [index, clients] of sums.entries()) {
    for (const client of clients) {
      const history = histories.get(client)
      if (history === undefined) histories.set(client, [index])
      else history.push(index)
    }
  }
  return histories
}
