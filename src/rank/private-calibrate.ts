import { descend } from '../vectors/descend.js'
import type { Rounds } from '../vectors/rounds.js'
import type { ScoredOutcomes } from './calibrate.js'
import { sigmoid } from './scorer.js'

/** Typical centre and spread of scores. Scores are standardised by them, so that scale and offset are separable. */
const CENTRE = 4
const SPREAD = 4
/** Initial logit of a score at the centre. */
const START = -5
const LEAST_SCALE = 0.05
const RATE = 0.15

/**
 * Fits a and b as `fitSigmoid` does, by noisy sums of one gradient a user (docs/scoring.md, "Private training"). The
 * candidates of user i are firsts[i] .. firsts[i + 1]; `rounds` draws participants and noise; `step` is called before
 * each round, and what it throws ends the fit.
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
