import type { Catalogue, History, Matrix } from '../columns.js'
import type { InterestLevel } from '../types/answers.js'
import { listAt } from '../vectors/sparse.js'

/** Input of `confidenceFeatures`: one interest of one history. Positions index the history's rows, oldest first. */
export interface ConfidenceInput {
  history: History
  /** The items of the interest, ascending positions in `history.rows`. */
  positions: ArrayLike<number>
  level: InterestLevel
  /** Vectors of the history's rows in the space of interests, one row a position (`placesOf`). */
  z: Matrix
  /** Share of the catalogue in the categories of the evidence, 0..1 (`measureBreadth`). */
  breadth: number
  /** Number of interests of the user, this one among them. */
  interests: number
}

/** Logistic coefficients: the intercept, then one for each feature of `confidenceFeatures`, in the same order. */
export type ConfidenceWeights = readonly number[]

/**
 * Weights used where a catalogue has none of its own: the mean of the weights fitted on three public data sets
 * (products, laboratory supplies, films). `fitConfidence` fits those of a catalogue.
 */
export const DEFAULT_CONFIDENCE: ConfidenceWeights = [
  1.44, 0.04, 0.29, -0.07, -0.01, 0.02, -0.17, 0.22, -1.51, 0.21, -0.6, 0.24,
]

/** Weight of an item in the decayed share, for each newer item of the history. */
const DECAY = 0.9
/** Items at most whose pairwise cosines are averaged. */
const MAX_COMPARED = 40

/**
 * The eleven features of the confidence model for one interest of k of the n items of a history, in this order:
 * log-odds of its decayed share (each item weighs .9^age); log-odds of k / n; ln k; mean pairwise cosine; ln((late +
 * .5) / (early + .5)), late and early being its items in the newer and the older half of the history; ln(1 + items
 * since its last one); 1 if it is a pair (level 'emerging'); 1 if it is broad (level 'domain'); 1 if it holds the
 * newest item; ln of the number of interests; ln of the breadth.
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

/** Added to the breadth, so that an interest whose items have no category has a finite logarithm. */
const LEAST_BREADTH = 1e-3

/**
 * Share of the catalogue's items, 0..1, that lie in the finest categories of these rows; for a broad interest (level
 * 'domain'), in their domains. `domains`: row -> domain, -1 for none. 0 where no row has a category.
 */
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

/** Row -> its finest (last) category, -1 for none. Cached by catalogue. */
function kindsOf(catalogue: Catalogue): Int32Array {
  let kinds = finest.get(catalogue)
  if (!kinds) {
    kinds = Int32Array.from({ length: catalogue.size }, (_, row) => listAt(catalogue.categories, row).at(-1) ?? -1)
    finest.set(catalogue, kinds)
  }
  return kinds
}

/** Category or domain -> number of its items. Cached by array. */
function sizesOf(kinds: Int32Array): Float64Array {
  let sizes = counted.get(kinds)
  if (!sizes) {
    sizes = new Float64Array(kinds.reduce((most, kind) => Math.max(most, kind + 1), 0))
    for (const kind of kinds) if (kind >= 0) sizes[kind]++
    counted.set(kinds, sizes)
  }
  return sizes
}

/**
 * Probability, strictly between 0 and 1, that the user's next positive event falls in the interest: a logistic model
 * over `confidenceFeatures`.
 */
export function estimateConfidence(input: ConfidenceInput, weights: ConfidenceWeights = DEFAULT_CONFIDENCE): number {
  const logit = confidenceFeatures(input).reduce((sum, value, i) => sum + value * weights[i + 1], weights[0])
  return 1 / (1 + Math.exp(-logit))
}

/**
 * Mean cosine over all pairs of at most MAX_COMPARED items, evenly spread; 0 for one item, 1 where fewer than two have
 * a vector other than 0.
 */
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

/**
 * Whether an interest is verified by the thresholds of GISTBench: at least 3 implicit positives, or 2 explicit ones, or
 * 1 explicit and 2 implicit; and at most 3 implicit and 2 explicit negatives. `positions` index the history's rows;
 * `disliked` is the number of disliked items assigned to the interest, which count as implicit negatives.
 */
export function isVerified(history: History, positions: ArrayLike<number>, disliked: number): boolean {
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
