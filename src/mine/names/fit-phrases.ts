import type { Matrix } from '../../columns.js'
import { createRandom, sampleBelow } from '../../random.js'
import { cleanText } from '../../text.js'
import { createMatrix, dotRows, normalise, rowOf } from '../../vectors/matrix.js'
import { quantise, widenBytes } from '../../vectors/quantise.js'
import { listAt, packLists } from '../../vectors/sparse.js'
import { packStrings } from '../../vectors/strings.js'
import { brandKey } from './brands.js'
import type { CollectedPhrases } from './collect.js'
import { lastName } from './paths.js'
import { findString, type Phrases } from './phrases.js'
import { measureReach } from './reach.js'
import { splitRuns, stripSizes } from './words.js'

/** Phrases compared with the background between two pauses. */
const PAUSED_EVERY = 100
/** Items drawn as a sample of the catalogue, to measure how similar a phrase is to unrelated items. */
export const BACKGROUND_ITEMS = 400

/**
 * Joins collected phrases with their vectors. `phraseVectors`: one row for each of `collected.texts`; `itemVectors`:
 * one row for each item's short text; both unit rows of the same encoder. Vectors are kept as int8 with one scale a
 * row. The seed draws the background items. `pause` is awaited during the work and stops it where it throws.
 */
export async function fitPhrases(
  collected: CollectedPhrases,
  phraseVectors: Matrix,
  itemVectors: Matrix,
  seed: number,
  pause?: () => Promise<void>,
): Promise<Phrases> {
  const items = quantise(itemVectors)
  await pause?.()
  const vectors = quantise(phraseVectors)
  await pause?.()
  const sample = sampleBelow(createRandom(seed), itemVectors.rows, BACKGROUND_ITEMS)
  const count = collected.keys.length
  const thresholds = new Float32Array(count)
  const spreads = new Float32Array(count)
  const similarities: Matrix = { data: new Float32Array(count * sample.length), rows: count, dims: sample.length }
  const others = createMatrix(sample.length, itemVectors.dims)
  sample.forEach((row, i) => {
    rowOf(others, i).set(rowOf(itemVectors, row))
  })
  for (let phrase = 0; phrase < count; phrase++) {
    const row = rowOf(similarities, phrase)
    for (let i = 0; i < sample.length; i++) row[i] = dotRows(phraseVectors, phrase, others, i)
    if (phrase % PAUSED_EVERY === 0) await pause?.()
    const { threshold, spread } = measureReach(row)
    thresholds[phrase] = threshold
    spreads[phrase] = spread
  }
  return {
    count,
    rows: itemVectors.rows,
    keys: packStrings(collected.keys),
    surfaces: packStrings(collected.surfaces),
    flags: collected.flags,
    df: collected.df,
    phraseWords: collected.phraseWords,
    words: packStrings(collected.words),
    wordFlags: collected.wordFlags,
    wordEnds: collected.wordEnds,
    vectors,
    background: quantise(similarities, true),
    thresholds,
    spreads,
    items,
    postings: collected.postings,
    titleWords: collected.titleWords,
    titlesAreNames: collected.titlesAreNames,
  }
}

/** An item that came after the fit. Categories as in `Item`: names, or lists of names. */
export interface LaterItem {
  title: string
  brand?: string
  categories?: readonly (string | readonly string[])[]
}

/** The phrases that an item holds, ascending, by its title, brand and categories. */
export function phrasesOf(phrases: Phrases, item: LaterItem): Int32Array {
  return readItem(phrases, item).held
}

/** The phrases of an item, and the words of its title as in `titleWords`. */
function readItem(phrases: Phrases, item: LaterItem): { held: Int32Array; words: Int32Array } {
  const held = new Set<number>()
  const words: number[] = []
  for (const run of splitRuns(stripSizes(cleanText(item.title, 500)))) {
    for (let from = 0; from < run.length; from++) {
      words.push(wordNumber(phrases, run[from].key))
      let key = ''
      for (let to = from; to < Math.min(run.length, from + LONGEST) && !phrases.titlesAreNames; to++) {
        key += (to > from ? ' ' : '') + run[to].key
        const phrase = findString(phrases.keys, key)
        if (phrase >= 0) held.add(phrase)
      }
    }
    words.push(-1)
  }
  const addName = (name: string, keyOf: (key: string) => string): void => {
    const keys = splitRuns(cleanText(name, 100)).flatMap((run) => run.map((token) => token.key))
    const phrase = keys.length > 0 ? findString(phrases.keys, keyOf(keys.join(' '))) : -1
    if (phrase >= 0) held.add(phrase)
  }
  for (const name of (item.categories ?? []).flat()) addName(lastName(name), (key) => key)
  if (item.brand) addName(item.brand, brandKey)
  return { held: Int32Array.from(held).sort(), words: Int32Array.from(words) }
}

/**
 * A copy of the phrases with other items at some catalogue rows, replaced or added behind the last row. `at`: the rows;
 * `items` and `vectors` (encoder vectors of the short texts, unit rows): one each in the same order. Returns the same
 * object for no rows.
 */
export function changePhrases(
  phrases: Phrases,
  at: readonly number[],
  items: readonly LaterItem[],
  vectors: Matrix,
): Phrases {
  if (at.length === 0) return phrases
  const rows = Math.max(phrases.rows, ...at.map((row) => row + 1))
  const postings = Array.from({ length: rows }, (_, row) => (row < phrases.rows ? listAt(phrases.postings, row) : NONE))
  const titles = Array.from({ length: rows }, (_, row) => (row < phrases.rows ? listAt(phrases.titleWords, row) : NONE))
  const bytes = widenBytes(phrases.items, rows)
  const fresh = quantise(vectors)
  at.forEach((row, i) => {
    const { held, words } = readItem(phrases, items[i])
    postings[row] = held
    titles[row] = words
    bytes.data.set(fresh.data.subarray(i * fresh.dims, (i + 1) * fresh.dims), row * bytes.dims)
    bytes.steps[row] = fresh.steps[i]
  })
  return { ...phrases, rows, items: bytes, postings: packLists(postings), titleWords: packLists(titles) }
}

const NONE = new Int32Array(0)
/** Words of the longest phrase. */
const LONGEST = 4

/** Index of a word by its key, -2 where it is in no phrase. */
function wordNumber(phrases: Phrases, key: string): number {
  const word = findString(phrases.words, key)
  return word < 0 ? -2 : word
}

/** Where only the caller can encode, a phrase stands for the mean of the items that say it. */
export function averagePhraseVectors({ texts, postings }: CollectedPhrases, vectors: Matrix): Matrix {
  const sums = createMatrix(texts.length, vectors.dims)
  for (let row = 0; row < vectors.rows; row++) {
    for (let at = postings.offsets[row]; at < postings.offsets[row + 1]; at++) {
      const sum = rowOf(sums, postings.values[at])
      const vector = rowOf(vectors, row)
      for (let k = 0; k < sum.length; k++) sum[k] += vector[k]
    }
  }
  for (let i = 0; i < sums.rows; i++) normalise(rowOf(sums, i))
  return sums
}
