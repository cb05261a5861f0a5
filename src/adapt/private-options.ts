/** docs/scoring.md, "Private training". */
export interface PrivateAdapterOptions {
  dims: number
  /** Newest items that place a user, and the fall of their weight with each newer one. */
  window: number
  ageDecay: number
  negatives: number
  /** A user gives at most so many samples, the newest. */
  mostSamples: number
  /**
   * Step for the mean of what users say, shorter where a round's noise would move the matrix further than `wander`
   * (spectral norm, roughly); and the share of a step that the next takes over.
   */
  rate: number
  mostMovement: number
  momentum: number
  scale: number
}

export const PRIVATE_ADAPTER_OPTIONS: PrivateAdapterOptions = {
  dims: 256,
  window: 10,
  ageDecay: 0.35,
  negatives: 256,
  mostSamples: 5,
  rate: 2,
  mostMovement: 0.005,
  momentum: 0.9,
  scale: 10,
}
