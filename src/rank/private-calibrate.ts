import { descend } from '../vectors/descend.js'
import type { Rounds } from '../vectors/rounds.js'
import type { ScoredOutcomes } from './calibrate.js'
import { sigmoid } from './scorer.js'

/** Where scores that matter lie and how far they spread, roughly: so the two variables hardly pull at each other. */
const CENTRE = 4
const SPREAD = 4
/** Chance of a score at the centre to start from, as a logit. */
const START = -5
const LEAST_SCALE = 0.05
const RATE = 0.15

/**
 * a and b as `fitSigmoid` tells them, by noisy sums, user by user: those of user place i are candidates firsts[i] ..
 * firsts[i + 1].
 */
export function fitSigmoidPrivately(
  { scores, hits }: ScoredOutcomes,
  firsts: Uint32Array,
  rounds: Rounds,
  step: () => void = () => undefined,
): { a: number; b: number } {
  const [scale, offset] = descend({
    start: Float64Array.of(SPREAD, START),
    bounds: [1, 0],
    contributors: firsts.length - 1,
    gradientsAt:
      ([a, b]) =>
      (user, into) => {
        for (let i = firsts[user]; i < firsts[user + 1]; i++) {
          const z = (scores[i] - CENTRE) / SPREAD
          const rest = sigmoid(a * z + b) - hits[i]
          into[0] += rest * z
          into[1] += rest
        }
      },
    penalties: new Float64Array(2),
    rounds,
    rate: RATE,
    step,
  })
  const a = Math.max(LEAST_SCALE, scale / SPREAD)
  return { a, b: offset - a * CENTRE }
}
