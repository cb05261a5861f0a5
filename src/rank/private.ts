import { descend } from '../vectors/descend.js'
import type { Bound } from '../vectors/minimise.js'
import type { Rounds } from '../vectors/rounds.js'
import { FIXED_RULERS, type Ruler, type RulerColumn, readColumn, stepsOf, termOf, UNKNOWN } from './rulers.js'
import type { ScorerTerm } from './scorer.js'
import { STEP_PENALTY, WEIGHT_PENALTY, type WeightedLists } from './train.js'

/** Lists of several users, those of one user together. */
export interface UserLists extends WeightedLists {
  /** The lists of user i are firsts[i] .. firsts[i + 1]; a user may have none. */
  firsts: Uint32Array
}

/** Longest step of a weight or an increment in the first round (Adam's learning rate). */
const RATE = 0.05

/**
 * Fits the terms that `fitTerms` fits, by noisy sums of one gradient a user (docs/scoring.md, "Private training").
 * Knots, scales and means are FIXED_RULERS, so weights and increments alone depend on the lists, and only through
 * `rounds`. `step` is called before each round, and what it throws ends the fit.
 */
export function fitTermsPrivately(lists: UserLists, rounds: Rounds, step: () => void = () => undefined): ScorerTerm[] {
  const rulers = FIXED_RULERS
  const readings = rulers.map((ruler) => ({ ...ruler, ...readColumn(lists.values, ruler) }))
  const contributors = lists.firsts.length - 1
  const bounds = rulers.flatMap(({ sign, knots }) => [...Array<Bound>(knots.length).fill(sign), 0 as const])
  const found = descend({
    start: new Float64Array(bounds.length),
    bounds,
    contributors,
    gradientsAt: (x) => gradientsAt(lists, readings, x),
    penalties: penaltiesOf(rulers, contributors),
    rounds,
    rate: RATE,
    step,
  })
  let from = 0
  return rulers.map((ruler) => {
    const part = found.subarray(from, from + ruler.knots.length + 1)
    from += part.length
    return termOf(ruler, part)
  })
}

/** Penalty of each variable; divided by the number of users, since the gradient is a mean over users. */
function penaltiesOf(rulers: readonly Ruler[], contributors: number): Float64Array {
  return Float64Array.from(
    rulers.flatMap(({ knots }) => [
      WEIGHT_PENALTY,
      ...Array<number>(knots.length - 1).fill(STEP_PENALTY),
      WEIGHT_PENALTY,
    ]),
    (penalty) => penalty / Math.max(1, contributors),
  )
}

/**
 * A function that adds the gradient of one user's part of the cross-entropy to `into`. `x`: the variables, in the order
 * of `evaluate` in train.ts.
 */
function gradientsAt(
  { firsts, offsets, logWeights }: UserLists,
  readings: readonly (Ruler & RulerColumn)[],
  x: Float64Array,
): (user: number, into: Float64Array) => void {
  let from = 0
  const features = readings.map((reading) => {
    const at = from
    const { length } = reading.knots
    from += length + 1
    return { ...reading, at, weight: x[at], steps: stepsOf(x.subarray(at + 1, at + length)), unknown: x[at + length] }
  })
  const addList = (list: number, into: Float64Array) => {
    const first = offsets[list]
    const rests = new Float64Array(offsets[list + 1] - first)
    for (const { z, bins, shares, weight, steps, unknown } of features) {
      for (let i = 0, row = first; i < rests.length; i++, row++) {
        const bin = bins[row]
        rests[i] +=
          bin === UNKNOWN ? unknown : weight * z[row] + steps[bin] + shares[row] * (steps[bin + 1] - steps[bin])
      }
    }
    softmaxRests(rests, logWeights.subarray(first, offsets[list + 1]))
    for (const { z, bins, shares, knots, at } of features) {
      const sums = new Float64Array(knots.length)
      for (let i = 0, row = first; i < rests.length; i++, row++) {
        const bin = bins[row]
        if (bin === UNKNOWN) {
          into[at + knots.length] += rests[i]
          continue
        }
        into[at] += rests[i] * z[row]
        sums[bin] += rests[i] * (1 - shares[row])
        sums[bin + 1] += rests[i] * shares[row]
      }
      for (let k = knots.length - 1, behind = 0; k >= 1; k--) {
        behind += sums[k]
        into[at + k] += behind
      }
    }
  }
  return (user, into) => {
    for (let list = firsts[user]; list < firsts[user + 1]; list++) addList(list, into)
  }
}

/** Replaces scores by softmax minus 1 for the target, which comes first, in place. */
function softmaxRests(scores: Float64Array, logWeights: Float32Array): void {
  let most = -Infinity
  for (let i = 0; i < scores.length; i++) {
    scores[i] += logWeights[i]
    most = Math.max(most, scores[i])
  }
  let total = 0
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i] - most)
    total += scores[i]
  }
  for (let i = 0; i < scores.length; i++) scores[i] /= total
  scores[0] -= 1
}
