/** Settings of the adapter's training (docs/scoring.md, "The adapter"). */
export interface AdapterOptions {
  /** Numbers of an adapter vector. */
  dims: number
  /** Items of a history that place a user: the newest so many. */
  window: number
  /** Samples of a batch. */
  batch: number
  /** Negatives that the samples of a batch share. */
  negatives: number
  /** Chance that an item of a history is left out of a sample, 0..1. */
  dropout: number
  /** Learning rate at the start; it falls linearly. */
  rate: number
  /**
   * Steps to aim at. The number of passes over the samples follows from it, between `fewestPasses` and `mostPasses`:
   * few samples need more passes, but not in proportion.
   */
  steps: number
  fewestPasses: number
  mostPasses: number
  /** Samples of one user at most: the newest. */
  mostSamples: number
}

/** The settings that are used unless others are given. */
export const ADAPTER_OPTIONS: AdapterOptions = {
  dims: 128,
  window: 10,
  batch: 512,
  negatives: 1024,
  dropout: 0.3,
  rate: 3e-3,
  steps: 400,
  fewestPasses: 2,
  mostPasses: 6,
  mostSamples: 40,
}
