import { createRandom, sampleBelow } from '../../random.js'
import { cleanText } from '../../text.js'
import type { Lists, Matrix, Strings } from '../../types.js'
import { createMatrix, dotRows, rowOf } from '../../vectors/matrix.js'
import { listAt, packLists } from '../../vectors/sparse.js'
import { countStrings, packStrings, stringAt } from '../../vectors/strings.js'
import { type Bytes, quantise, widenBytes } from '../quantise.js'
import { brandKey } from './brands.js'
import { type CollectedPhrases, PHRASE } from './collect.js'
import { lastName } from './paths.js'
import { splitRuns, stripSizes } from './words.js'

export { type CollectedPhrases, type CollectOptions, collectPhrases, PHRASE } from './collect.js'
export { WORD } from './words.js'

/**
 * Candidates of names, as arrays that load at the speed of a copy. Phrases and words are in order of their keys, so a
 * key is found by halving. Nothing is tokenised or encoded while naming.
 */
export interface Phrases {
  count: number
  /** Rows that have postings, title words and a vector. */
  rows: number
  keys: Strings
  surfaces: Strings
  /** Bits of PHRASE. */
  flags: Uint8Array
  /** Items that hold the phrase. */
  df: Int32Array
  phraseWords: Lists
  words: Strings
  /** Bits of WORD. */
  wordFlags: Uint8Array
  /** How surely a word names a thing, 0..255. */
  wordEnds: Uint8Array
  vectors: Bytes
  /** Similarities with fixed items of the catalogue, one row a phrase: what "unrelated" looks like to it. */
  background: Bytes
  /** Similarity that only the nearest few of those items pass (see `summarise`), and their standard deviation. */
  thresholds: Float32Array
  spreads: Float32Array
  /** Vectors of the items' short texts. */
  items: Bytes
  /** Row -> its phrases, ascending. */
  postings: Lists
  /** Row -> the words of its title, -1 between runs, -2 for a word of no phrase. */
  titleWords: Lists
  titlesAreNames: boolean
}

/** Phrases compared with the background between two pauses. */
const PAUSED_EVERY = 100
/** Items that stand for the catalogue. */
export const BACKGROUND_ITEMS = 400
/** A label fits an item that is nearer to it than all but this share of the catalogue (found on 12,101 products) … */
const NEAR_SHARE = 0.025
/** … or than all but so many items, where the catalogue is small: the things it names must have room above. */
const NEAR_ITEMS = 8
const MOST_NEAR_SHARE = 0.25

/**
 * Joins collected phrases with their vectors (one row a text, in the items' encoder) and the items' short-text
 * vectors. Vectors are kept as bytes with a scale a row.
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
    const { threshold, spread } = summarise(row)
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

/** The similarity that marks "related", a high quantile of background similarities, and their standard deviation. */
export function summarise(similarities: Float32Array | Float64Array): { threshold: number; spread: number } {
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

/** An item that came after the fit. Categories as in `Item`: names, or lists of names. */
export interface LaterItem {
  title: string
  brand?: string
  categories?: readonly (string | readonly string[])[]
}

/** The phrases that an item of later holds, ascending. */
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
  const look = (name: string, keyOf: (key: string) => string): void => {
    const keys = splitRuns(cleanText(name, 100)).flatMap((run) => run.map((token) => token.key))
    const phrase = keys.length > 0 ? findString(phrases.keys, keyOf(keys.join(' '))) : -1
    if (phrase >= 0) held.add(phrase)
  }
  for (const name of (item.categories ?? []).flat()) look(lastName(name), (key) => key)
  if (item.brand) look(item.brand, brandKey)
  return { held: Int32Array.from(held).sort(), words: Int32Array.from(words) }
}

/**
 * The phrases with other items at some rows: replaced ones, and new ones after the last row. `vectors` are the items'
 * short texts, one row an item of `items`.
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

function wordNumber(phrases: Phrases, key: string): number {
  const word = findString(phrases.words, key)
  return word < 0 ? -2 : word
}

/** Position of a string among strings in rising order, -1 where it is missing. */
export function findString(strings: Strings, key: string): number {
  let low = 0
  let high = countStrings(strings) - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const there = stringAt(strings, middle)
    if (there === key) return middle
    if (there < key) low = middle + 1
    else high = middle - 1
  }
  return -1
}

export function isFlagged(phrases: Phrases, phrase: number, flag: keyof typeof PHRASE): boolean {
  return (phrases.flags[phrase] & PHRASE[flag]) !== 0
}
