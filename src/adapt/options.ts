/** docs/scoring.md, "Adapter". */
export interface AdapterOptions {
  dims: number
  /** Newest items that place a user. */
  window: number
  batch: number
  negatives: number
  /** Chance that an item of a history is left out of a sample. */
  dropout: number
  rate: number
  /** Steps to take, in as many passes over the samples as that needs; few samples need more passes, not as many more. */
  steps: number
  fewestPasses: number
  mostPasses: number
  /** A user gives at most so many samples, the newest. */
  mostSamples: number
}

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
