import type { Schema } from './networks.ts'

/** A model as a flat vector. Structural: any object of this shape will do. */
export interface Model {
  readonly schema: Schema
  /** All tensors of the schema, in its order, each row-major. */
  readonly parameters: Float32Array
}

/** Labelled pictures. Structural: any object of this shape will do. */
export interface ImageData {
  /** `length` pictures of 28 x 28 bytes, row by row, 0 for background. */
  readonly images: Uint8Array
  /** `length` digits, 0 to 9. */
  readonly labels: Uint8Array
  readonly length: number
}

/** How to train. */
export interface TrainSettings {
  /** Passes over the data, at least 1. */
  readonly epochs: number
  /**
   * Examples in a step; an epoch's last batch may be smaller. `all` makes one step per epoch with the gradient of the mean over
   * all examples (FedSGD, McMahan et al., AISTATS 2017); memory does not grow with it.
   */
  readonly batchSize: number | 'all'
  readonly learningRate: number
  /** A safe integer, at least 0. Governs the order of the examples; the same seed gives the same result. */
  readonly seed: number
  /** Heavy-ball momentum in [0, 1); 0, the default, is plain SGD. It starts from rest at every call. */
  readonly momentum?: number
  /** The mu of FedProx (Li et al., MLSys 2020): adds mu/2 |w - w0|^2 to the loss, w0 being the model received. Default 0. */
  readonly proximal?: number
  /** Stops the training at the next pause (some ten per second); the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** The loss (cross-entropy in nats) and the fraction of right answers, averaged over examples. */
export interface Metrics {
  readonly loss: number
  readonly accuracy: number
}

/** What training gives. */
export interface TrainResult {
  /** The trained parameters, in schema order. */
  readonly parameters: Float32Array
  /** How many examples there were: the weight of this result in a federated average. */
  readonly examples: number
  /** Over the batches of the last epoch, each seen before the step that learns from it. */
  readonly metrics: Metrics
}

/** What an evaluation gives. */
export interface Evaluation extends Metrics {
  readonly examples: number
  readonly correct: number
  /** `confusion[10 * label + prediction]` counts examples. */
  readonly confusion: Uint32Array
}
