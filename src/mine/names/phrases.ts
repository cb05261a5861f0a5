import type { Lists, Strings } from '../../columns.js'
import type { Bytes } from '../../vectors/quantise.js'
import { countStrings, stringAt } from '../../vectors/strings.js'

/** What a phrase is, as bits. */
export const PHRASE = { head: 1, brand: 2, category: 4, leaf: 8, cjk: 16, wide: 32, text: 64 } as const

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
