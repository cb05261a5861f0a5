import type { Catalogue, History, ModalityVectors, Query, Signals, Vectors } from '../columns.js'
import type { Modality } from '../types/items.js'
import { dotRows, dotVector } from '../vectors/matrix.js'
import { readRow } from '../vectors/precision.js'
import { scanRows } from '../vectors/scan.js'
import { listAt } from '../vectors/sparse.js'
import { COLUMN_OF as at, BRAND_DECAY, BRAND_DEPTH, FEATURE_COUNT, TEXT_DEPTH } from './features.js'

/** Value of `idle` for an item without likes: as if the last one, ln(1 + days) ago, was about 22 years ago. */
const IDLE_OF_NO_LIKE = 9
/** Value of `age` for an item without likes: below that of an item that was first liked today, which is 0. */
const AGE_OF_NO_LIKE = -1
/** An item below this cosine to a disliked item is not affected by it. */
const DISLIKE_FLOOR = 0.4
/** From so many disliked items on, a scan of all of them is quicker than measuring each. */
const SCAN_FROM = 8
/** More than the error of a cosine in single precision. */
const SCAN_ERROR = 1e-4

/** Input of `computeFeatures`. */
export interface FeatureInput {
  catalogue: Catalogue
  /** Centred text vectors, one row an item. */
  vectors: Vectors
  /** Vectors of pictures and sounds. */
  modalities: readonly ModalityVectors[]
  /** Number of users who like each item. */
  users: Int32Array
  /** Number of likes of items of each brand. */
  brandUsers: Int32Array
  history: History
  /** Signals of the history (`gatherSignals`), for the rows to compute at least. */
  signals: Signals
  /** Logit by the adapter, one entry for each of the rows to compute; null where there is none. */
  adapted: Float32Array | null
  /** How recently a row was liked when the history ends (`Recency`, in days); null where no event is dated. */
  recencyOf: (row: number) => { recent: number; idle: number; age: number } | null
  /** Phrases that the user asks for. */
  queries: readonly Query[]
  /** ln of the boost of the interest that a row belongs to, 0 for none. */
  boostOf: (row: number) => number
}

/**
 * Feature values of catalogue rows: FEATURE_COUNT numbers a row, row after row, in the order of FEATURES; NaN where
 * unknown. Formulas: docs/scoring.md, "Features".
 */
export function computeFeatures(input: FeatureInput, rows: Int32Array): Float64Array {
  const { catalogue, vectors, history, signals } = input
  const values = new Float64Array(rows.length * FEATURE_COUNT)
  const brands = shareBrands(catalogue, history)
  const price = meanLogPrice(catalogue, history)
  const liked = history.rows
  const last = liked.length - 1
  const depth = Math.min(TEXT_DEPTH, liked.length)
  const likeness = compareWithRecent(vectors, liked, depth, rows)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]
    const o = i * FEATURE_COUNT
    values[o + at.covisit] = signals.covisit[row]
    values[o + at.covisit_last] = signals.covisitLast[row]
    values[o + at.text_covisit] = signals.textCovisit[row]
    values[o + at.covisit_text] = signals.covisitText[row]
    values[o + at.covisit_twice] = signals.covisitTwice[row]
    const similarities = likeness.subarray(i * depth, (i + 1) * depth)
    if (depth > 0) values[o + at.text_last] = similarities[0]
    values[o + at.text_best] = Math.max(0, ...similarities)
    values[o + at.brand] = catalogue.brands[row] < 0 ? 0 : (brands.get(catalogue.brands[row]) ?? 0)
    values[o + at.category] = last < 0 ? 0 : categoryOverlap(catalogue, liked[last], row)
    values[o + at.price_gap] = Math.abs(Math.log(catalogue.prices[row]) - price)
    values[o + at.popularity] = Math.log1p(input.users[row])
    values[o + at.unseen] = input.users[row] > 0 ? 0 : 1
    values[o + at.adapter] = input.adapted ? input.adapted[i] : Number.NaN
    const brand = catalogue.brands[row]
    values[o + at.brand_next] = brand < 0 ? Number.NaN : (signals.brandNext[brand] ?? 0)
    values[o + at.brand_popularity] = brand < 0 ? Number.NaN : Math.log1p(input.brandUsers[brand] ?? 0)
    const leaf = leafOf(catalogue, row)
    values[o + at.category_next] = leaf < 0 ? Number.NaN : (signals.categoryNext[leaf] ?? 0)
    const recency = input.recencyOf(row)
    values[o + at.recent] = recency ? Math.log1p(recency.recent) : Number.NaN
    values[o + at.idle] = recency
      ? Number.isNaN(recency.idle)
        ? IDLE_OF_NO_LIKE
        : Math.log1p(recency.idle)
      : Number.NaN
    values[o + at.age] = recency ? (Number.isNaN(recency.age) ? AGE_OF_NO_LIKE : Math.log1p(recency.age)) : Number.NaN
    values[o + at.disliked] = dislikeOf(vectors, history, row)
    for (const { vector, least } of input.queries) {
      const cosine = dotVector(vectors, row, vector)
      if (cosine >= least && cosine > values[o + at.wish]) values[o + at.wish] = cosine
    }
    values[o + at.edit] = input.boostOf(row)
  }
  for (const [modality, columns] of Object.entries(LIKENESS) as [Modality, (typeof LIKENESS)[Modality]][]) {
    const own = input.modalities.find(({ name }) => name === modality)
    compareMedium(own, liked.subarray(Math.max(0, liked.length - depth)), rows, values, columns)
  }
  return values
}

/** Columns of the features of each modality. */
const LIKENESS = {
  image: { last: at.image_last, best: at.image_best },
  audio: { last: at.audio_last, best: at.audio_best },
}

/**
 * Writes the features of one modality into `values`: cosine with the newest item that has a vector of it, and the
 * largest cosine. NaN where no item of `newest` has one, or the row has none.
 */
function compareMedium(
  own: ModalityVectors | undefined,
  newest: Int32Array,
  rows: Int32Array,
  values: Float64Array,
  { last, best }: { last: number; best: number },
): void {
  const liked = own ? newest.filter((row) => own.has[row] === 1) : newest.subarray(0, 0)
  const likeness = own ? compareWithRecent(own.vectors, liked, liked.length, rows) : new Float32Array(0)
  for (let i = 0; i < rows.length; i++) {
    const known = own !== undefined && liked.length > 0 && own.has[rows[i]] === 1
    const similarities = likeness.subarray(i * liked.length, (i + 1) * liked.length)
    values[i * FEATURE_COUNT + last] = known ? similarities[0] : Number.NaN
    values[i * FEATURE_COUNT + best] = known ? Math.max(...similarities) : Number.NaN
  }
}

/** Cosines, at least 0, of each row with the `depth` newest items of `liked`: `depth` numbers a row, newest first. */
function compareWithRecent(vectors: Vectors, liked: Int32Array, depth: number, rows: Int32Array): Float32Array {
  const likeness = new Float32Array(rows.length * depth)
  for (let age = 0; age < depth; age++) {
    const cosines = scanRows(vectors, readRow(vectors, liked[liked.length - 1 - age]), rows)
    for (let i = 0; i < rows.length; i++) likeness[i * depth + age] = Math.max(0, cosines[i])
  }
  return likeness
}

/**
 * Largest value over the disliked items of weight times (cosine - DISLIKE_FLOOR) / (1 - DISLIKE_FLOOR); 0 where no
 * cosine is above the floor.
 */
function dislikeOf(vectors: Vectors, { dislikedRows, dislikedWeights }: History, row: number): number {
  // Of many disliked items, a scan in single precision finds the few that can be near; these are measured in double.
  const cosines = dislikedRows.length < SCAN_FROM ? null : scanRows(vectors, readRow(vectors, row), dislikedRows)
  let most = 0
  for (let k = 0; k < dislikedRows.length; k++) {
    if (cosines && cosines[k] < DISLIKE_FLOOR - SCAN_ERROR) continue
    const excess = dotRows(vectors, dislikedRows[k], vectors, row) - DISLIKE_FLOOR
    most = Math.max(most, (dislikedWeights[k] * Math.max(0, excess)) / (1 - DISLIKE_FLOOR))
  }
  return most
}

/**
 * Brand -> sum of .8^age over the items of that brand / sum of .8^age over all, of the last 30 items; age 0 the newest.
 */
function shareBrands(catalogue: Catalogue, history: History): Map<number, number> {
  const shares = new Map<number, number>()
  let total = 0
  for (let age = 0, decay = 1; age < Math.min(BRAND_DEPTH, history.rows.length); age++, decay *= BRAND_DECAY) {
    const brand = catalogue.brands[history.rows[history.rows.length - 1 - age]]
    if (brand >= 0) shares.set(brand, (shares.get(brand) ?? 0) + decay)
    total += decay
  }
  for (const [brand, sum] of shares) shares.set(brand, sum / total)
  return shares
}

/** Mean of ln(price) over the last 30 items, weighted by .8^age; NaN where none of their prices is known. */
function meanLogPrice(catalogue: Catalogue, history: History): number {
  let sum = 0
  let total = 0
  for (let age = 0, decay = 1; age < Math.min(BRAND_DEPTH, history.rows.length); age++, decay *= BRAND_DECAY) {
    const price = catalogue.prices[history.rows[history.rows.length - 1 - age]]
    if (price > 0) {
      sum += decay * Math.log(price)
      total += decay
    }
  }
  return total > 0 ? sum / total : Number.NaN
}

/** The finest category of a row's path, -1 where there is none. Tags have no order and so no finest one. */
function leafOf({ categories, categoryKind }: Catalogue, row: number): number {
  return categoryKind === 'paths' ? (listAt(categories, row).at(-1) ?? -1) : -1
}

/**
 * Number of categories that two rows share, divided by the length of the shorter list, 0..1. The root of a path is left
 * out: most items share it.
 */
export function categoryOverlap(catalogue: Catalogue, a: number, b: number): number {
  const skip = catalogue.categoryKind === 'paths' ? 1 : 0
  const first = listAt(catalogue.categories, a).subarray(skip)
  const second = listAt(catalogue.categories, b).subarray(skip)
  let shared = 0
  for (const name of first) if (second.includes(name)) shared++
  return shared / Math.max(1, Math.min(first.length, second.length))
}
