import type { Catalogue, History, Matrix } from '../columns.js'
import type { InterestLevel } from '../types/answers.js'
import { listAt } from '../vectors/sparse.js'

/** What the confidence of an interest is told from. Positions index the history's rows, oldest first. */
export interface ConfidenceInput {
  history: History
  positions: ArrayLike<number>
  level: InterestLevel
  /** Vectors of the history's rows. */
  z: Matrix
  /** Share of the catalogue that is of the kinds of the evidence, 0..1: see `measureBreadth`. */
  breadth: number
  /** Interests of the user, this one among them. */
  interests: number
}

/** Logistic coefficients: intercept, then one a feature of `confidenceFeatures`. */
export type ConfidenceWeights = readonly number[]

/** The mean of what is fitted on three public sets (products, laboratory supplies, films); each catalogue fits its own. */
export const DEFAULT_CONFIDENCE: ConfidenceWeights = [
  1.44, 0.04, 0.29, -0.07, -0.01, 0.02, -0.17, 0.22, -1.51, 0.21, -0.6, 0.24,
]

/** Age counts in steps of one item: .9 for each newer one. */
const DECAY = 0.9
/** Pairs whose cosines are averaged at most. */
const MAX_COMPARED = 40

/**
 * Features: log-odds of the decayed share, log-odds of the share of items, ln k, mean pairwise cosine,
 * ln((late + .5) / (early + .5)), ln(1 + items since the last one), is a pair, is broad, holds the newest item, ln of the number of interests, ln breadth.
 */
export function confidenceFeatures({ history, positions, level, z, breadth, interests }: ConfidenceInput): number[] {
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
    last === n - 1 ? 1 : 0,
    Math.log(interests),
    Math.log(breadth + LEAST_BREADTH),
  ]
}

/** Keeps the breadth of what has no kind away from 0. */
const LEAST_BREADTH = 1e-3

/** Items of the finest categories of these rows, over all items. Of a broad interest: those of its domain. */
export function measureBreadth(
  catalogue: Catalogue,
  domains: Int32Array,
  rows: Int32Array,
  level: InterestLevel,
): number {
  const kinds = level === 'domain' ? domains : kindsOf(catalogue)
  const sizes = sizesOf(kinds)
  let items = 0
  for (const kind of new Set(Array.from(rows, (row) => kinds[row] ?? -1))) if (kind >= 0) items += sizes[kind]
  return items / Math.max(1, catalogue.size)
}

const finest = new WeakMap<Catalogue, Int32Array>()
const counted = new WeakMap<Int32Array, Float64Array>()

/** Row -> its finest category, -1 for none. */
function kindsOf(catalogue: Catalogue): Int32Array {
  let kinds = finest.get(catalogue)
  if (!kinds) {
    kinds = Int32Array.from({ length: catalogue.size }, (_, row) => listAt(catalogue.categories, row).at(-1) ?? -1)
    finest.set(catalogue, kinds)
  }
  return kinds
}

/** Items of each kind. */
function sizesOf(kinds: Int32Array): Float64Array {
  let sizes = counted.get(kinds)
  if (!sizes) {
    sizes = new Float64Array(kinds.reduce((most, kind) => Math.max(most, kind + 1), 0))
    for (const kind of kinds) if (kind >= 0) sizes[kind]++
    counted.set(kinds, sizes)
  }
  return sizes
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
