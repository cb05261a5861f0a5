import { minimise } from '../vectors/minimise.js'
import type { ScorerTerm } from './scorer.js'

/** Scored candidates and what became of them, one entry a candidate. */
export interface ScoredOutcomes {
  /** Logits without bias. */
  scores: Float64Array
  /** 1 where the candidate was the user's next item, else 0. */
  hits: Uint8Array
}

/** Least scale: with a smaller one the order of the scores would hardly show in the probabilities. */
const LEAST_SCALE = 0.05
const ITERATIONS = 60
const TOLERANCE = 1e-12

/**
 * Fits a and b of sigmoid(a score + b) by maximum likelihood (Platt 1999), a at least .05. The outcomes should be all
 * candidates of users that the scores were not fitted on, with those of users whose next item was no candidate as
 * misses: then the results are true probabilities. As Platt does, hits count a little less than 1 and misses a little
 * more than 0, so that a stays finite where the scores separate hits from misses completely.
 */
export function fitSigmoid({ scores, hits }: ScoredOutcomes): { a: number; b: number } {
  const n = scores.length
  const hitCount = hits.reduce((sum, hit) => sum + hit, 0)
  const smoothed = [1 / (n - hitCount + 2), (hitCount + 1) / (hitCount + 2)]
  // Scores are standardised: they may all lie far from 0, and then a and b would hardly be separable.
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
      const wanted = smoothed[hits[i]]
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

/** Mean and standard deviation of the scores; the deviation is 1 where all scores are equal. */
function spreadOf(scores: Float64Array): { mean: number; deviation: number } {
  const n = Math.max(1, scores.length)
  const mean = scores.reduce((sum, score) => sum + score, 0) / n
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / n
  return { mean, deviation: Math.sqrt(variance) || 1 }
}

/** The terms with every contribution multiplied by `a`; knots and scales stay. */
export function scaleTerms(terms: readonly ScorerTerm[], a: number): ScorerTerm[] {
  return terms.map((term) => ({
    ...term,
    weight: a * term.weight,
    ...(term.steps ? { steps: term.steps.map((step) => a * step) } : {}),
  }))
}
