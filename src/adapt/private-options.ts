/** Settings of the adapter's private training (docs/scoring.md, "Private training"). */
export interface PrivateAdapterOptions {
  /** Principal axes that vectors are reduced to, at most. */
  dims: number
  /** Items of a history that place a user: the newest so many. */
  window: number
  /** The item with a newer ones in front of it has weight exp(-ageDecay a). */
  ageDecay: number
  /** Negatives of a round, the same for all users. */
  negatives: number
  /** Samples of one user at most: the newest. */
  mostSamples: number
  /**
   * Learning rate for the mean contribution of a round. It is lowered where the noise of a round would otherwise move
   * the matrix by more than `mostMovement`.
   */
  rate: number
  /** Most that the noise of one round moves the matrix (spectral norm, roughly). */
  mostMovement: number
  /** Share of a step that the next one takes over. */
  momentum: number
  /** Factor of the inner product in a logit. */
  scale: number
}

/** The settings that are used unless others are given. */
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
