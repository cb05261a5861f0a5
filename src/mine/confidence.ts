import type { History, InterestLevel, Matrix, Trend } from '../types.js'

/** What the confidence of an interest is told from. Positions index the history's rows, oldest first. */
export interface ConfidenceInput {
  history: History
  positions: ArrayLike<number>
  level: InterestLevel
  /** Vectors of the history's rows. */
  z: Matrix
}

/** Logistic coefficients: intercept, then one a feature of `confidenceFeatures`. Fitted on amazon-beauty, see bench. */
export type ConfidenceWeights = readonly number[]

export const DEFAULT_CONFIDENCE: ConfidenceWeights = [0.56, -0.06, 0.62, -0.22, -0.38, 0.07, -0.39, 0.13, -0.79]

/** Age counts in steps of one item: .9 for each newer one. */
const DECAY = 0.9
/** Pairs whose cosines are averaged at most. */
const MAX_COMPARED = 40

/**
 * Features: log-odds of the decayed share, log-odds of the share of items, ln k, mean pairwise cosine,
 * ln((late + .5) / (early + .5)), ln(1 + items since the last one), is a pair, is broad.
 */
export function confidenceFeatures({ history, positions, level, z }: ConfidenceInput): number[] {
  const n = history.rows.length
  const k = positions.length
  let decayed = 0
  let late = 0
  let last = 0
  for (let i = 0; i < k; i++) {
    decayed += DECAY ** (n - 1 - positions[i])
    if (positions[i] >= n >> 1) late++
    last = Math.max(last, positions[i])
  }
  const all = (1 - DECAY ** n) / (1 - DECAY)
  const share = Math.min(1, decayed / all)
  const count = k / n
  return [
    Math.log(share / (1 - share + 1e-3) + 1e-4),
    Math.log(count / (1 - count + 0.02)),
    Math.log(k),
    meanCosine(z, positions),
    Math.log((late + 0.5) / (k - late + 0.5)),
    Math.log(1 + n - 1 - last),
    level === 'emerging' ? 1 : 0,
    level === 'domain' ? 1 : 0,
  ]
}

/** Probability that the next positive event falls in the interest, strictly between 0 and 1. */
export function estimateConfidence(input: ConfidenceInput, weights: ConfidenceWeights = DEFAULT_CONFIDENCE): number {
  const logit = confidenceFeatures(input).reduce((sum, value, i) => sum + value * weights[i + 1], weights[0])
  return 1 / (1 + Math.exp(-logit))
}

function meanCosine(z: Matrix, positions: ArrayLike<number>): number {
  const k = Math.min(positions.length, MAX_COMPARED)
  if (k < 2) return 0
  // The mean over pairs follows from the length of the sum of unit vectors.
  const sum = new Float64Array(z.dims)
  let units = 0
  for (let i = 0; i < k; i++) {
    const from = positions[Math.floor((i * positions.length) / k)] * z.dims
    let square = 0
    for (let d = 0; d < z.dims; d++) square += z.data[from + d] ** 2
    if (square === 0) continue
    units++
    for (let d = 0, scale = 1 / Math.sqrt(square); d < z.dims; d++) sum[d] += scale * z.data[from + d]
  }
  if (units < 2) return 1
  return (sum.reduce((total, value) => total + value * value, 0) - units) / (units * (units - 1))
}

const DAY = 86_400_000
/** The short half-life is this share of the time the user has been known, within bounds. */
const SPAN_SHARE = 0.25
const SHORTEST_HALF_LIFE = DAY
const LONGEST_HALF_LIFE = 90 * DAY
/** Without times, a quarter of the history is the half-life, in items. */
const SHORTEST_ITEMS = 2
const GROWING = 1.3
const FADING = 0.6
/** Half-lives without an event after which an interest fades whatever the others do. */
const SILENT_HALF_LIVES = 4
/** First met within this share of the time the user has been known, and not all of the history is: new. */
const NEW_SHARE = 0.2

/**
 * How an interest moves: its share of what is recent (decayed by half-lives up to `now`) against its share of all.
 * Where times are unknown, positions stand for them.
 */
export function tellTrend(history: History, positions: ArrayLike<number>, now: number): Trend {
  const n = history.rows.length
  const dated = Number.isFinite(now) && history.lastAt.every((at) => Number.isFinite(at))
  const timeOf = (p: number) => (dated ? history.lastAt[p] : p)
  const startOf = (p: number) => (dated ? Math.min(history.firstAt[p], history.lastAt[p]) || history.lastAt[p] : p)
  const end = dated ? Math.max(now, history.lastAt[n - 1]) : n - 1
  let start = Infinity
  for (let p = 0; p < n; p++) start = Math.min(start, startOf(p))
  const span = end - start
  const halfLife = dated
    ? Math.min(LONGEST_HALF_LIFE, Math.max(SHORTEST_HALF_LIFE, span * SPAN_SHARE))
    : Math.max(SHORTEST_ITEMS, span * SPAN_SHARE)
  let recent = 0
  let whole = 0
  for (let p = 0; p < n; p++) whole += 2 ** (-(end - timeOf(p)) / halfLife)
  let first = Infinity
  let last = -Infinity
  for (let i = 0; i < positions.length; i++) {
    recent += 2 ** (-(end - timeOf(positions[i])) / halfLife)
    first = Math.min(first, startOf(positions[i]))
    last = Math.max(last, timeOf(positions[i]))
  }
  if (dated && end - last > SILENT_HALF_LIVES * halfLife) return 'fading'
  if (span > 0 && positions.length < n && first >= end - NEW_SHARE * span) return 'new'
  const ratio = whole > 0 ? recent / whole / (positions.length / n) : 1
  return ratio >= GROWING ? 'growing' : ratio <= FADING ? 'fading' : 'steady'
}

/** GISTBench's thresholds: enough said or done for it, and little against it. */
export function tellVerified(history: History, positions: ArrayLike<number>, disliked: number): boolean {
  let [explicit, implicit, against, skipped] = [0, 0, 0, disliked]
  for (let i = 0; i < positions.length; i++) {
    explicit += history.explicitPositive[positions[i]]
    implicit += history.implicitPositive[positions[i]]
    against += history.explicitNegative[positions[i]]
    skipped += history.implicitNegative[positions[i]]
  }
  const enough = implicit >= 3 || explicit >= 2 || (explicit >= 1 && implicit >= 2)
  return enough && skipped <= 3 && against <= 2
}
