import type { DroppedWorker, PhaseReport, RoundEvent } from '../../index.ts'

/** Takes notes of one round by its events, so that a round that is aborted has a report too. */
export class RoundLog {
  readonly dropped: DroppedWorker[] = []
  readonly phases: PhaseReport[] = []
  readonly warnings: { readonly code: string; readonly message: string }[] = []

  hear(event: RoundEvent): void {
    if (event.type === 'worker-dropped') this.dropped.push(event.dropped)
    if (event.type === 'phase-finished') this.phases.push(event.report)
    if (event.type === 'warning') this.warnings.push({ code: event.code, message: event.message })
  }
}
