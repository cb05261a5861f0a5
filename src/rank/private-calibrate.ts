import type { Rounds } from '../privacy/rounds.js'
import { descend } from '../vectors/descend.js'
import type { ScoredOutcomes } from './calibrate.js'
import { sigmoid } from './scorer.js'

/** Where scale and offset start: a list of some 270 candidates holds one hit in three. */
const START = [1, -6.5]
/** Steps of the scale are this much smaller than its gradient says: scores spread over several units. */
const SPREAD = 4
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
    start: Float64Array.of(SPREAD * START[0], START[1]),
    bounds: [1, 0],
    contributors: firsts.length - 1,
    gradientsAt:
      ([a, b]) =>
      (user, into) => {
        for (let i = firsts[user]; i < firsts[user + 1]; i++) {
          const rest = sigmoid((a / SPREAD) * scores[i] + b) - hits[i]
          into[0] += (rest * scores[i]) / SPREAD
          into[1] += rest
        }
      },
    penalties: new Float64Array(2),
    rounds,
    rate: RATE,
    step,
  })
  return { a: Math.max(LEAST_SCALE, scale / SPREAD), b: offset }
}
