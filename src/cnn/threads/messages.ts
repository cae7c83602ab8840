import type { EngineName } from '../engine.ts'
import type { CnnErrorCode } from '../errors.ts'
import type { NetworkName } from '../networks.ts'
import type { Evaluation, ImageData, Model, TrainResult, TrainSettings } from '../types.ts'

/** What a thread is born with. */
export interface ThreadData {
  readonly network: NetworkName
  readonly engine: EngineName
}

/** What a thread is asked to do: one thing at a time. */
export type Job =
  | { readonly method: 'train'; readonly model: Model; readonly data: ImageData; readonly settings: TrainSettings }
  | { readonly method: 'evaluate'; readonly model: Model; readonly data: ImageData }

/** To a thread: a job, or that the one under way is to be stopped. */
export type Request = Job | { readonly method: 'abort' }

/** From a thread, once for each job. */
export type Answer =
  | { readonly kind: 'done'; readonly result: TrainResult | Evaluation }
  | { readonly kind: 'failed'; readonly code: CnnErrorCode; readonly message: string }
  | { readonly kind: 'aborted' }
