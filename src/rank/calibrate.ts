import { minimise } from '../vectors/minimise.js'
import type { ScorerTerm } from './scorer.js'

/** One scored candidate: whether it was the next item, and how much it counts. */
export interface ScoredOutcomes {
  scores: Float64Array
  hits: Uint8Array
}

/** A scale this far from 1 either way says that the scores are no use as chances. */
const LEAST_SCALE = 0.05
const ITERATIONS = 60
const TOLERANCE = 1e-12

/**
 * a and b of sigmoid(a score + b) by maximum likelihood (Platt 1999), over all candidates of users never fitted on;
 * users whose item was no candidate count as all misses, so the chance is that of the real world. Outcomes are taken
 * as Platt does, a little short of sure, so that scores which part hits from misses wholly have a finite scale. a is
 * .05 at least.
 */
export function fitSigmoid({ scores, hits }: ScoredOutcomes): { a: number; b: number } {
  const n = scores.length
  const hitCount = hits.reduce((sum, hit) => sum + hit, 0)
  const wantedOf = [1 / (n - hitCount + 2), (hitCount + 1) / (hitCount + 2)]
  // Standardised, or a and b would pull against each other: scores may all lie far from 0.
  const { mean, deviation } = spreadOf(scores)
  const z = scores.map((score) => (score - mean) / deviation)
  const least = LEAST_SCALE * deviation
  const usualLogit = Math.log((hitCount + 1) / (n - hitCount + 1))
  const objective = (x: Float64Array, gradient: Float64Array) => {
    let value = 0
    gradient.fill(0)
    for (let i = 0; i < n; i++) {
      const logit = (least + x[0]) * z[i] + usualLogit + x[1]
      const rare = Math.exp(-Math.abs(logit))
      const p = (logit >= 0 ? 1 : rare) / (1 + rare)
      const wanted = wantedOf[hits[i]]
      value += Math.max(0, logit) + Math.log1p(rare) - wanted * logit
      gradient[0] += (p - wanted) * z[i]
      gradient[1] += p - wanted
    }
    return value
  }
  const [more, shift] = minimise(objective, [1, 0], { iterations: ITERATIONS, tolerance: TOLERANCE })
  const a = (least + more) / deviation
  return { a, b: usualLogit + shift - a * mean }
}

/** Deviation 1 where all are alike. */
function spreadOf(scores: Float64Array): { mean: number; deviation: number } {
  const n = Math.max(1, scores.length)
  const mean = scores.reduce((sum, score) => sum + score, 0) / n
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / n
  return { mean, deviation: Math.sqrt(variance) || 1 }
}

/** The same terms with every contribution `a` times as large, so that the sum stays exact. */
export function scaleTerms(terms: readonly ScorerTerm[], a: number): ScorerTerm[] {
  return terms.map((term) => ({
    ...term,
    weight: a * term.weight,
    ...(term.steps ? { steps: term.steps.map((step) => a * step) } : {}),
  }))
}
