import { type Bound, minimise } from '../vectors/minimise.js'
import { LEARNT_FEATURES } from './features.js'
import { measureRuler, type Ruler, type RulerColumn, readColumn, stepsOf, termOf, UNKNOWN } from './rulers.js'
import type { ScorerTerm } from './scorer.js'

/** Lists of candidates that a scorer is fitted on. The target of each list is its first row. */
export interface WeightedLists {
  /** Features: FEATURE_COUNT numbers a row, row after row. */
  values: Float32Array
  /** List i is rows offsets[i] .. offsets[i + 1]. */
  offsets: Uint32Array
  /** Added to the score of each row: the correction of sampled softmax for a negative, 0 for the target. */
  logWeights: Float32Array
}

/**
 * L2 penalty of each increment between knots (docs/scoring.md, "The scorer"); half of it is the factor of the square.
 */
export const STEP_PENALTY = 30
/** L2 penalty of each weight, likewise. */
export const WEIGHT_PENALTY = 3
/** Iterations of the minimisation, each with about one evaluation of the objective. */
export const ITERATIONS = 100

/** A feature with its ruler and its transformed column. */
type PreparedFeature = Ruler & RulerColumn

/**
 * Fits score = sum over features of w z + s(x): z is the standardised value, s piecewise linear on {0} and 16
 * quantiles. Both are monotone by the feature's sign, so that an explanation never says that a co-visit speaks against
 * an item. The objective is softmax cross-entropy over each list plus 15 sum d^2 + 1.5 sum w^2, d being the increments
 * of s. Returns one term for each learnt feature that varies; it contributes 0 where the feature is unknown, or where
 * no row lacks the feature, at value 0 or at the mean (`aroundMean`). `step` is called before each evaluation of the
 * objective; what it throws ends the fit.
 */
export function fitTerms(lists: WeightedLists, step: () => void = () => undefined): ScorerTerm[] {
  const features = LEARNT_FEATURES.flatMap(({ name, sign }): PreparedFeature[] => {
    const ruler = measureRuler(lists.values, name, sign)
    return ruler ? [{ ...ruler, ...readColumn(lists.values, ruler) }] : []
  })
  const bounds: Bound[] = []
  for (const { sign, knots } of features) bounds.push(...Array<Bound>(knots.length).fill(sign), 0)
  const objective = (x: Float64Array, gradient: Float64Array) => {
    step()
    return evaluate(lists, features, x, gradient)
  }
  const found = minimise(objective, bounds, { iterations: ITERATIONS })
  let from = 0
  return features.map((one) => {
    const part = found.subarray(from, from + one.knots.length + 1)
    from += one.knots.length + 1
    return termOf(one, part)
  })
}

/**
 * The objective and its gradient at `x`: for each feature its weight, the increments between its knots, and what it
 * adds where it is unknown.
 */
function evaluate(
  { offsets, logWeights }: WeightedLists,
  features: PreparedFeature[],
  x: Float64Array,
  gradient: Float64Array,
): number {
  const rows = logWeights.length
  const scores = new Float64Array(rows)
  gradient.fill(0)
  let value = 0
  let from = 0
  for (const { z, bins, shares, knots } of features) {
    const steps = stepsOf(x.subarray(from + 1, from + knots.length))
    for (let row = 0; row < rows; row++) {
      const bin = bins[row]
      if (bin === UNKNOWN) {
        scores[row] += x[from + knots.length]
        continue
      }
      scores[row] += x[from] * z[row] + steps[bin] + shares[row] * (steps[bin + 1] - steps[bin])
    }
    value += (WEIGHT_PENALTY / 2) * x[from] ** 2
    gradient[from] += WEIGHT_PENALTY * x[from]
    for (let k = 1; k < knots.length; k++) {
      value += (STEP_PENALTY / 2) * x[from + k] ** 2
      gradient[from + k] += STEP_PENALTY * x[from + k]
    }
    value += (WEIGHT_PENALTY / 2) * x[from + knots.length] ** 2
    gradient[from + knots.length] += WEIGHT_PENALTY * x[from + knots.length]
    from += knots.length + 1
  }
  value += crossEntropy(offsets, logWeights, scores)
  from = 0
  for (const { z, bins, shares, knots } of features) {
    const sums = new Float64Array(knots.length)
    let linear = 0
    let unknown = 0
    for (let row = 0; row < rows; row++) {
      const bin = bins[row]
      if (bin === UNKNOWN) {
        unknown += scores[row]
        continue
      }
      linear += scores[row] * z[row]
      sums[bin] += scores[row] * (1 - shares[row])
      sums[bin + 1] += scores[row] * shares[row]
    }
    gradient[from] += linear
    gradient[from + knots.length] += unknown
    // An increment raises the height at every later knot.
    for (let k = knots.length - 1, behind = 0; k >= 1; k--) {
      behind += sums[k]
      gradient[from + k] += behind
    }
    from += knots.length + 1
  }
  return value
}

/** Sum over lists of -ln p(target). Scores are replaced by the gradient, in place. */
function crossEntropy(offsets: Uint32Array, logWeights: Float32Array, scores: Float64Array): number {
  let loss = 0
  for (let list = 0; list + 1 < offsets.length; list++) {
    const from = offsets[list]
    const to = offsets[list + 1]
    let most = -Infinity
    for (let row = from; row < to; row++) most = Math.max(most, scores[row] + logWeights[row])
    let total = 0
    for (let row = from; row < to; row++) total += Math.exp(scores[row] + logWeights[row] - most)
    loss -= scores[from] + logWeights[from] - most - Math.log(total)
    for (let row = from; row < to; row++) scores[row] = Math.exp(scores[row] + logWeights[row] - most) / total
    scores[from] -= 1
  }
  return loss
}
