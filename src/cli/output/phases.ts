import type { PhaseReport } from '../../index.ts'
import { bytes, duration, percent } from './format.ts'
import { type Column, header, row } from './layout.ts'

const COLUMNS: readonly Column[] = [
  { title: '', width: 21, align: 'left' },
  { title: 'time', width: 10, align: 'right' },
  { title: 'share', width: 7, align: 'right' },
  { title: 'up', width: 8, align: 'right' },
  { title: 'down', width: 8, align: 'right' },
]

/** A table of the phases of some federated rounds, added up, with a line for the sum of all. */
export function phaseTable(reports: readonly PhaseReport[]): string[] {
  const phases = addUp(reports)
  const total = phases.reduce((sum, phase) => sum + phase.seconds, 0)
  const line = (name: string, part: Omit<PhaseReport, 'phase' | 'clients'>) =>
    row(COLUMNS, [
      name,
      duration(part.seconds),
      total > 0 ? percent(part.seconds / total, 1) : '-',
      part.bytesUp > 0 ? bytes(part.bytesUp) : '-',
      part.bytesDown > 0 ? bytes(part.bytesDown) : '-',
    ])
  const all = {
    seconds: total,
    bytesUp: phases.reduce((sum, phase) => sum + phase.bytesUp, 0),
    bytesDown: phases.reduce((sum, phase) => sum + phase.bytesDown, 0),
  }
  return [header(COLUMNS), ...phases.map(phase => line(phase.phase, phase)), line('all', all)]
}

/** One report per phase, in the order of their first appearance. */
export function addUp(reports: readonly PhaseReport[]): PhaseReport[] {
  const sums = new Map<string, PhaseReport>()
  for (const report of reports) {
    const { phase, seconds, bytesUp, bytesDown, clients } = report
    const sum = sums.get(phase) ?? { phase, seconds: 0, bytesUp: 0, bytesDown: 0, clients: 0 }
    sums.set(phase, {
      phase,
      seconds: sum.seconds + seconds,
      bytesUp: sum.bytesUp + bytesUp,
      bytesDown: sum.bytesDown + bytesDown,
      clients: sum.clients + clients,
    })
  }
  return [...sums.values()]
}
