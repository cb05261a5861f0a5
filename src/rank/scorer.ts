import { COLUMN_OF, FEATURE_COUNT, type Feature } from './features.js'

/**
 * The additive scorer: logit = bias + sum over features of w * t(x) + s(x), score = 1 / (1 + exp(-logit)). t is
 * ln(1 + x / scale) where a scale is given (sparse, non-negative features), else x; s, where knots are given, is
 * piecewise linear through (knots, steps), flat outside.
 */
export interface ScorerTerm {
  feature: string
  weight: number
  scale?: number
  knots?: number[]
  steps?: number[]
  /**
   * Values beyond the knots count as the outermost knot: of a feature that may speak either way nothing is known there
   * (the popularity of a brand that nobody has had, where all brands were popular while learning).
   */
  held?: true
}

export interface Scorer {
  id: string
  bias: number
  terms: ScorerTerm[]
  calibrated: boolean
  trainedOn: number | null
}

/** What one feature adds to the logit. */
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

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}
/** Logits of all rows of a feature table. */
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
/** One row's logit as the sum of what each feature adds, features that add nothing left out. */
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
