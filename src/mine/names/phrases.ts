import type { Lists, Strings } from '../../columns.js'
import type { Bytes } from '../../vectors/quantise.js'
import { countStrings, stringAt } from '../../vectors/strings.js'

/**
 * Flags of a phrase, as bits. `head`: it names a thing; `leaf`: it is a finest category; `wide`: it is too general to
 * be a name by itself; `text`: it comes from texts and not from titles.
 */
export const PHRASE = { head: 1, brand: 2, category: 4, leaf: 8, cjk: 16, wide: 32, text: 64 } as const

/**
 * The phrases that may name interests of a catalogue, as typed arrays that load quickly. Phrases and words are sorted
 * by key, so that a key is found by binary search. Naming tokenises and encodes nothing.
 */
export interface Phrases {
  /** Number of phrases. */
  count: number
  /** Number of catalogue rows that have postings, title words and a vector. */
  rows: number
  /** The phrases as keys (words joined by a space; brands as in `brandKey`), and as they are shown. */
  keys: Strings
  surfaces: Strings
  /** Bits of PHRASE. */
  flags: Uint8Array
  /** Number of items that hold the phrase. */
  df: Int32Array
  /** Phrase -> its words, as indices into `words`. */
  phraseWords: Lists
  /** Keys of the words, sorted. */
  words: Strings
  /** Bits of WORD. */
  wordFlags: Uint8Array
  /** How surely a word names a thing, 0..255. */
  wordEnds: Uint8Array
  /** Encoder vectors of the phrases. */
  vectors: Bytes
  /** Cosines with a fixed sample of the catalogue's items, one row a phrase: the distribution for unrelated items. */
  background: Bytes
  /**
   * Of each phrase, the cosine that only the nearest few of these items exceed, and the standard deviation
   * (`measureReach`).
   */
  thresholds: Float32Array
  spreads: Float32Array
  /** Encoder vectors of the items' short texts. */
  items: Bytes
  /** Row -> its phrases, ascending. */
  postings: Lists
  /** Row -> the words of its title, as indices into `words`; -1 between runs, -2 for a word that is in no phrase. */
  titleWords: Lists
  /** Whether titles are names (of films, books), so that no phrases are taken from them. */
  titlesAreNames: boolean
}

/** Index of a string among sorted strings, by binary search; -1 where it is missing. */
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

/** Whether a phrase has a flag of PHRASE. */
export function isFlagged(phrases: Phrases, phrase: number, flag: keyof typeof PHRASE): boolean {
  return (phrases.flags[phrase] & PHRASE[flag]) !== 0
}
