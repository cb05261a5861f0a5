import type { ScorerTerm } from './scorer.js'

/** One scored candidate: whether it was the next item, and how much it counts. */
export interface ScoredOutcomes {
  scores: Float64Array
  hits: Uint8Array
}

const ROUNDS = 60
/** A scale this far from 1 either way says that the scores are no use as chances. */
const LEAST_SCALE = 0.05

/**
 * a and b of sigmoid(a score + b) by maximum likelihood (Platt 1999), over all candidates of users never fitted on;
 * users whose item was no candidate count as all misses, so the chance is that of the real world.
 */
export function fitSigmoid({ scores, hits }: ScoredOutcomes): { a: number; b: number } {
  const n = scores.length
  let mean = 0
  for (const hit of hits) mean += hit / n
  let a = 1
  let b = Math.log(Math.max(mean, 1e-9) / Math.max(1 - mean, 1e-9))
  for (let round = 0; round < ROUNDS; round++) {
    let ga = 0
    let gb = 0
    let haa = 1e-6
    let hab = 0
    let hbb = 1e-6
    for (let i = 0; i < n; i++) {
      const p = 1 / (1 + Math.exp(-(a * scores[i] + b)))
      const rest = p - hits[i]
      const spread = p * (1 - p)
      ga += rest * scores[i]
      gb += rest
      haa += spread * scores[i] * scores[i]
      hab += spread * scores[i]
      hbb += spread
    }
    const det = haa * hbb - hab * hab
    const da = (hbb * ga - hab * gb) / det
    const db = (haa * gb - hab * ga) / det
    // Half steps where Newton would overshoot.
    const damp = Math.min(1, 2 / Math.max(Math.abs(da), Math.abs(db) / 4, 1e-12))
    a -= damp * da
    b -= damp * db
    if (Math.abs(da) + Math.abs(db) < 1e-9) break
  }
  return { a: Math.max(LEAST_SCALE, a), b }
}

/** The same terms with every contribution `a` times as large, so that the sum stays exact. */
export function scaleTerms(terms: readonly ScorerTerm[], a: number): ScorerTerm[] {
  return terms.map((term) => ({
    ...term,
    weight: a * term.weight,
    ...(term.steps ? { steps: term.steps.map((step) => a * step) } : {}),
  }))
}
