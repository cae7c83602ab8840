import type { RoundEvent } from '../../index.ts'

/** What a status line says of an event, or undefined when it says nothing. */
export function progressText(event: RoundEvent): string | undefined {
  if (event.type === 'phase-started') return `${event.phase}, ${event.expected} workers`
  if (event.type === 'worker-trained') return `${event.worker} has trained`
  if (event.type === 'phase-finished' && event.report.phase === 'Training') return 'MaskedInputCollection'
  return undefined
}
