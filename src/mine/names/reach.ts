import { listAt } from '../../vectors/sparse.js'
import { dotBytes } from '../quantise.js'
import { type Phrases, summarise } from './phrases.js'

/** Where the similarities of a name with unrelated items end, and how much these differ. */
export interface Reach {
  threshold: number
  spread: number
}

/** A name of several phrases: its unit vector is the sum of theirs by these weights, in proportion to their words. */
export interface Mix extends Reach {
  weights: Float64Array
}

/** Sums of what is known of the phrases stand in for the vector of the name and for its background. */
export function mixParts(phrases: Phrases, parts: ArrayLike<number>): Mix {
  const { background, vectors } = phrases
  const weights = Float64Array.from(parts, (phrase) => listAt(phrases.phraseWords, phrase).length)
  let square = 0
  for (let a = 0; a < parts.length; a++) {
    // Phrases are unit vectors.
    square += weights[a] * weights[a]
    for (let b = 0; b < a; b++) square += 2 * weights[a] * weights[b] * dotBytes(vectors, parts[a], vectors, parts[b])
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
  return { weights, ...summarise(mixed) }
}

/** How near a row is to a name: above 0 nearer than nearly all of the catalogue, in standard deviations of what is unrelated. */
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
