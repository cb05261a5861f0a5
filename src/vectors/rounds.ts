/** Rounds together with the limit of each contribution. */
export interface RoundsPlan extends GaussianRounds {
  /** Most that one user adds to a sum (L2 norm): a longer contribution is scaled down to it. */
  clip: number
}

/**
 * Rounds as a training runs them. Each user who takes part gives one contribution a round: all of theirs in one vector,
 * which the training clips.
 */
export interface Rounds extends RoundsPlan {
  /** Draws who takes part in the next round: numbers below `count`, ascending, each drawn independently. */
  drawParticipants(count: number): Int32Array
  /** Adds the noise of one round to a sum of clipped contributions, in place. */
  addNoiseTo(sum: Float64Array): void
}

/**
 * Rounds of the subsampled Gaussian mechanism: each adds Gaussian noise to a sum over users who take part by chance,
 * independently of each other and of other rounds. What they cost in privacy is computed by src/privacy/accountant.ts.
 */
export interface GaussianRounds {
  /** Standard deviation of the noise, divided by the most that one user adds to the sum (L2 norm). */
  noiseMultiplier: number
  /** Chance of a user to take part in a round, 0..1. */
  sampleRate: number
  /** Number of rounds. */
  steps: number
}
