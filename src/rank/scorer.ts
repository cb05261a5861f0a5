import { COLUMN_OF, FEATURE_COUNT, type Feature } from './features.js'

/**
 * One feature's term of the additive scorer. It contributes weight * t(x) + s(x) to the logit: t(x) is ln(1 + x /
 * scale) where a scale is given (sparse features, not below 0), else x; s, where knots are given, is piecewise linear
 * through (knots, steps) and flat outside.
 */
export interface ScorerTerm {
  feature: string
  /** Logits for each unit of t(x). */
  weight: number
  scale?: number
  /** Ascending, on raw values. */
  knots?: number[]
  /** Height of s at each knot, in logits. */
  steps?: number[]
  /**
   * Values beyond the knots count as the outermost knot. It is set for features whose effect may have either sign, of
   * which nothing is known there: such as the popularity of a brand without likes, where all brands had some in
   * training.
   */
  held?: true
}

/** An additive scorer: logit = bias + sum of the terms' contributions, score = 1 / (1 + exp(-logit)). */
export interface Scorer {
  id: string
  bias: number
  /** One for each feature that it uses. */
  terms: ScorerTerm[]
  /** Whether scores are probabilities: scale and offset were fitted on held-out users (`fitSigmoid`). */
  calibrated: boolean
  /** Number of lists that it was fitted on; null where it was not trained on this store. */
  trainedOn: number | null
}

/** What one term contributes to the logit for a value of its feature, which must not be NaN. */
export function contributionOf(term: ScorerTerm, value: number): number {
  const { knots } = term
  const x = term.held && knots ? Math.min(knots[knots.length - 1], Math.max(knots[0], value)) : value
  const t = term.scale === undefined ? x : Math.log1p(Math.max(x, 0) / term.scale)
  return term.weight * t + (term.knots && term.steps ? interpolate(term.knots, term.steps, x) : 0)
}

function interpolate(knots: number[], steps: number[], x: number): number {
  const last = knots.length - 1
  if (x <= knots[0]) return steps[0]
  if (x >= knots[last]) return steps[last]
  let high = 1
  while (knots[high] < x) high++
  const share = (x - knots[high - 1]) / (knots[high] - knots[high - 1])
  return steps[high - 1] + share * (steps[high] - steps[high - 1])
}

/** 1 / (1 + exp(-logit)). */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}

/**
 * Logits of rows. `values`: FEATURE_COUNT numbers a row, row after row (`computeFeatures`); NaN contributes 0. Returns
 * one logit a row.
 */
export function scoreFeatures(scorer: Scorer, values: Float64Array | Float32Array): Float64Array {
  const logits = new Float64Array(values.length / FEATURE_COUNT)
  const columns = scorer.terms.map((term) => COLUMN_OF[term.feature as Feature])
  for (let i = 0; i < logits.length; i++) {
    // Added in the order of `explainFeatures`, so that both give the same number to the last bit.
    let logit = scorer.bias
    for (let k = 0; k < columns.length; k++) {
      const value = values[i * FEATURE_COUNT + columns[k]]
      if (!Number.isNaN(value)) logit += contributionOf(scorer.terms[k], value)
    }
    logits[i] = logit
  }
  return logits
}

/**
 * The logit of one row as bias plus contributions. `values`: as in `scoreFeatures`; `i`: the row in it. Features that
 * contribute 0 are left out. The logit is equal to that of `scoreFeatures` to the last bit.
 */
export function explainFeatures(
  scorer: Scorer,
  values: Float64Array | Float32Array,
  i: number,
): { logit: number; contributions: { feature: string; value: number; contribution: number }[] } {
  const contributions: { feature: string; value: number; contribution: number }[] = []
  let logit = scorer.bias
  for (const term of scorer.terms) {
    const value = values[i * FEATURE_COUNT + COLUMN_OF[term.feature as Feature]]
    const contribution = Number.isNaN(value) ? 0 : contributionOf(term, value)
    if (contribution === 0) continue
    logit += contribution
    contributions.push({ feature: term.feature, value, contribution })
  }
  return { logit, contributions }
}
