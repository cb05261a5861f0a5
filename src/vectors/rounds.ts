/** Rounds of noisy sums, and the most (L2) that one user adds to a sum: longer contributions are shortened to it. */
export interface RoundsPlan extends GaussianRounds {
  clip: number
}
/** Rounds as a training runs them. Whoever takes part gives one contribution a round, all that is theirs in one vector. */
export interface Rounds extends RoundsPlan {
  /** Places, ascending, of those among `count` who take part in the next round, each by an own coin. */
  takePart(count: number): Int32Array
  /** Puts the noise of a round over a sum of clipped contributions, in place. */
  disturb(sum: Float64Array): void
}
/**
 * What a training by noisy sums gives away: Rényi differential privacy of the subsampled Gaussian mechanism (Mironov,
 * Talwar & Zhang 2019), added up over its rounds, as (epsilon, delta).
 */
/** Rounds that each add Gaussian noise to a sum over users who take part by chance, independently of each other. */
export interface GaussianRounds {
  /** Standard deviation of the noise over the most that one user can add to the sum (L2). */
  noiseMultiplier: number
  /** Chance of a user to take part in a round, 0..1. */
  sampleRate: number
  /** How many rounds. */
  steps: number
}
