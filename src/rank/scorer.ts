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
