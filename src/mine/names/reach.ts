import { dotQuantised } from '../../vectors/quantise.js'
import { listAt } from '../../vectors/sparse.js'
import type { Phrases } from './phrases.js'

/** How near a name must be to an item to count as related to it. */
export interface Reach {
  /** The cosine that only the nearest few unrelated items exceed, and the standard deviation of their cosines. */
  threshold: number
  spread: number
}

/**
 * A name of several phrases. Its unit vector is the sum of theirs by `weights`, which are in proportion to their
 * numbers of words.
 */
export interface Mix extends Reach {
  weights: Float64Array
}

/**
 * Weights and reach of a name made of several phrases (indices in `phrases`). They follow from the phrases' vectors and
 * background similarities, so that the name itself need not be encoded.
 */
export function mixParts(phrases: Phrases, parts: ArrayLike<number>): Mix {
  const { background, vectors } = phrases
  const weights = Float64Array.from(parts, (phrase) => listAt(phrases.phraseWords, phrase).length)
  let square = 0
  for (let a = 0; a < parts.length; a++) {
    // Phrases are unit vectors.
    square += weights[a] * weights[a]
    for (let b = 0; b < a; b++)
      square += 2 * weights[a] * weights[b] * dotQuantised(vectors, parts[a], vectors, parts[b])
  }
  const norm = Math.sqrt(Math.max(square, 1e-9))
  const mixed = new Float64Array(background.dims)
  for (let p = 0; p < parts.length; p++) {
    weights[p] /= norm
    const step = background.steps[parts[p]] * weights[p]
    const low = background.lows[parts[p]] * weights[p]
    const at = parts[p] * background.dims
    for (let i = 0; i < mixed.length; i++) mixed[i] += low + step * background.data[at + i]
  }
  return { weights, ...measureReach(mixed) }
}

/**
 * How well a name fits items: returns a function of a catalogue row that gives (cosine - threshold) / spread. Above 0
 * the item is nearer than nearly all of the catalogue; -Infinity for a row without a vector. `parts`: the phrases of
 * the name; `similarity`: cosine of a phrase and a row.
 */
export function fitOf(
  phrases: Phrases,
  parts: Int32Array,
  similarity: (phrase: number, row: number) => number,
): (row: number) => number {
  const { weights, threshold, spread } = mixParts(phrases, parts)
  return (row) => {
    if (row >= phrases.rows) return -Infinity
    let sum = 0
    for (let p = 0; p < parts.length; p++) sum += weights[p] * similarity(parts[p], row)
    return (sum - threshold) / spread
  }
}

/** A name fits an item that is nearer to it than all but this share of the catalogue (chosen on 12,101 products) … */
const NEAR_SHARE = 0.025

/**
 * … or than all but this many items of the sample, in small samples, but never more than MOST_NEAR_SHARE of it: the
 * items that a name is about must have room above the threshold.
 */
const NEAR_ITEMS = 8
const MOST_NEAR_SHARE = 0.25

/**
 * Threshold and spread of a name from its cosines with a sample of the catalogue: a high quantile (1 - NEAR_SHARE,
 * lower for small samples), interpolated, and the standard deviation. For an empty sample 0 and 1.
 */
export function measureReach(similarities: Float32Array | Float64Array): { threshold: number; spread: number } {
  const n = similarities.length
  if (n === 0) return { threshold: 0, spread: 1 }
  let sum = 0
  let squares = 0
  for (let i = 0; i < n; i++) {
    sum += similarities[i]
    squares += similarities[i] * similarities[i]
  }
  const mean = sum / n
  const near = Math.min(MOST_NEAR_SHARE, Math.max(NEAR_SHARE, NEAR_ITEMS / n))
  const place = (1 - near) * (n - 1)
  const above = Math.floor(place)
  // Only the largest few decide: keep them in falling order.
  const kept = new Float64Array(n - above).fill(-Infinity)
  for (let i = 0; i < n; i++) {
    const value = similarities[i]
    let k = kept.length - 1
    if (value <= kept[k]) continue
    for (; k > 0 && kept[k - 1] < value; k--) kept[k] = kept[k - 1]
    kept[k] = value
  }
  const low = kept[kept.length - 1]
  const high = kept.length > 1 ? kept[kept.length - 2] : low
  return {
    threshold: low + (high - low) * (place - above),
    spread: Math.sqrt(Math.max(1e-8, squares / n - mean * mean)),
  }
}
