import type { Bound } from './minimise.js'
import type { Rounds } from './rounds.js'

/** Decay of Adam's first moment. */
const FIRST_DECAY = 0.9
/** Decay of Adam's second moment. */
const SECOND_DECAY = 0.99
/** Share of the rounds, at the end, whose points are averaged. */
const AVERAGED = 0.5

/** What `descend` minimises, and how. */
export interface DescentInput {
  /** Where to start, one number a variable. Not changed. */
  start: Float64Array
  /** The sign that each variable is held to. */
  bounds: readonly Bound[]
  /** How many contributors (users) there are, numbered from 0. */
  contributors: number
  /** For a point x, a function that adds the gradient of one contributor's loss at x to `into`, which is all 0. */
  gradientsAt: (x: Float64Array) => (contributor: number, into: Float64Array) => void
  /** Quadratic penalty of each variable x: penalties[i] * x is added to its mean gradient. */
  penalties: Float64Array
  /**
   * Draws who contributes in each round, limits each contribution and adds noise. The only way to what contributors
   * hold.
   */
  rounds: Rounds
  /** Longest step of a variable in the first round; steps shrink linearly to 0. */
  rate: number
  /** Called before each round; an error that it throws ends the work. */
  step: () => void
}

/**
 * Minimises the mean loss of contributors by Adam on noisy sums of clipped gradients (DP-SGD, Abadi et al. 2016), each
 * step projected back to the sign bounds. Returns the mean of the points of the later half of the rounds, in which
 * noise evens out.
 */
export function descend({
  start,
  bounds,
  contributors,
  gradientsAt,
  penalties,
  rounds,
  rate,
  step,
}: DescentInput): Float64Array {
  const n = start.length
  const x = start.slice()
  const first = new Float64Array(n)
  const second = new Float64Array(n)
  const mean = new Float64Array(n)
  const expected = Math.max(1, rounds.sampleRate * contributors)
  const firstAveraged = Math.floor((1 - AVERAGED) * rounds.steps)
  const own = new Float64Array(n)
  for (let round = 0; round < rounds.steps; round++) {
    step()
    const sum = new Float64Array(n)
    const addGradient = gradientsAt(x)
    for (const contributor of rounds.takePart(contributors)) {
      own.fill(0)
      addGradient(contributor, own)
      const factor = Math.min(1, rounds.clip / lengthOf(own))
      for (let i = 0; i < n; i++) sum[i] += factor * own[i]
    }
    rounds.disturb(sum)
    const pace = rate * (1 - round / rounds.steps)
    for (let i = 0; i < n; i++) {
      const slope = sum[i] / expected + penalties[i] * x[i]
      first[i] += (1 - FIRST_DECAY) * (slope - first[i])
      second[i] += (1 - SECOND_DECAY) * (slope * slope - second[i])
      const unbiased = first[i] / (1 - FIRST_DECAY ** (round + 1))
      const size = Math.sqrt(second[i] / (1 - SECOND_DECAY ** (round + 1)))
      const moved = x[i] - (pace * unbiased) / (size + 1e-8)
      x[i] = bounds[i] === 1 ? Math.max(0, moved) : bounds[i] === -1 ? Math.min(0, moved) : moved
      if (round >= firstAveraged) mean[i] += x[i] / (rounds.steps - firstAveraged)
    }
  }
  return mean
}

/** L2 norm, never 0, so that it may be a divisor. */
function lengthOf(vector: Float64Array): number {
  let square = Number.MIN_VALUE
  for (const value of vector) square += value * value
  return Math.sqrt(square)
}
