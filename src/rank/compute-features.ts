import type { Catalogue, History, ModalityVectors, Query, Signals, Vectors } from '../columns.js'
import type { Modality } from '../types/items.js'
import { dotRows, dotVector } from '../vectors/matrix.js'
import { readRow } from '../vectors/precision.js'
import { scanRows } from '../vectors/scan.js'
import { listAt } from '../vectors/sparse.js'
import { COLUMN_OF as at, BRAND_DECAY, BRAND_DEPTH, FEATURE_COUNT, TEXT_DEPTH } from './features.js'

/** ln(1 + days) since the last and the first like of an item that had none: as if long ago, and not yet. */
const IDLE_OF_NO_LIKE = 9
const AGE_OF_NO_LIKE = -1
/** Cosine below which an item is no neighbour of a disliked one. */
const DISLIKE_FLOOR = 0.4
/** A scan pays from so many disliked items on. */
const SCAN_FROM = 8
/** More than single precision is ever off by in a cosine. */
const SCAN_ERROR = 1e-4

export interface FeatureInput {
  catalogue: Catalogue
  vectors: Vectors
  /** Pictures and sounds. */
  modalities: readonly ModalityVectors[]
  /** Users of each item, and liked items of each brand. */
  users: Int32Array
  brandUsers: Int32Array
  history: History
  signals: Signals
  /** Logit of each of the rows by the adapter, null where there is none. */
  adapted: Float32Array | null
  /** How lively the item was when the history ends (days); null where nothing is dated. */
  recencyOf: (row: number) => { recent: number; idle: number; age: number } | null
  /** What the user asked for. */
  queries: readonly Query[]
  /** ln of the boost of the row's interest, 0 where there is none. */
  boostOf: (row: number) => number
}
/** Feature values of the given rows: row after row, one column a feature, in the order of FEATURES. */
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
const LIKENESS = {
  image: { last: at.image_last, best: at.image_best },
  audio: { last: at.audio_last, best: at.audio_best },
}
/** Likeness by picture or sound with those of the newest items that have one; unknown where none has, or the row. */
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
/** Cosines, not below 0, of each row with the `depth` newest items of the history, newest first. */
function compareWithRecent(vectors: Vectors, liked: Int32Array, depth: number, rows: Int32Array): Float32Array {
  const likeness = new Float32Array(rows.length * depth)
  for (let age = 0; age < depth; age++) {
    const cosines = scanRows(vectors, readRow(vectors, liked[liked.length - 1 - age]), rows)
    for (let i = 0; i < rows.length; i++) likeness[i * depth + age] = Math.max(0, cosines[i])
  }
  return likeness
}
/** Largest excess of a row's cosine with a disliked item over the floor, times the weight of the dislike, 0..1. */
function dislikeOf(vectors: Vectors, { dislikedRows, dislikedWeights }: History, row: number): number {
  // Of many, a scan in single precision finds the few that can be near; those are measured in double.
  const cosines = dislikedRows.length < SCAN_FROM ? null : scanRows(vectors, readRow(vectors, row), dislikedRows)
  let most = 0
  for (let k = 0; k < dislikedRows.length; k++) {
    if (cosines && cosines[k] < DISLIKE_FLOOR - SCAN_ERROR) continue
    const excess = dotRows(vectors, dislikedRows[k], vectors, row) - DISLIKE_FLOOR
    most = Math.max(most, (dislikedWeights[k] * Math.max(0, excess)) / (1 - DISLIKE_FLOOR))
  }
  return most
}
/** Brand -> sum of .8^age over the items of that brand / sum of .8^age, over the last 30. */
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
/** NaN where no price of the history is known. */
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
/** The finest category of a path, -1 where there is none; tags have no order. */
function leafOf({ categories, categoryKind }: Catalogue, row: number): number {
  return categoryKind === 'paths' ? (listAt(categories, row).at(-1) ?? -1) : -1
}
/** Shared category names over the shorter list, 0..1; the root of a path says nothing and is left out. */
export function categoryOverlap(catalogue: Catalogue, a: number, b: number): number {
  const skip = catalogue.categoryKind === 'paths' ? 1 : 0
  const first = listAt(catalogue.categories, a).subarray(skip)
  const second = listAt(catalogue.categories, b).subarray(skip)
  let shared = 0
  for (const name of first) if (second.includes(name)) shared++
  return shared / Math.max(1, Math.min(first.length, second.length))
}
