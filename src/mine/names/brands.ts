import type { Catalogue } from '../../columns.js'
import { cleanText } from '../../text.js'
import type { WordStream, WordUsage } from './vocabulary.js'
import { WORD } from './words.js'

/**
 * A word of a brand's name is a brand word if at least this share of the titles with it, among items with a known
 * brand, are of that brand.
 */
const BRAND_SHARE = 0.7
/** Titles that a word must be in for `nameWordsOf`: fewer tell nothing. */
const LEAST_ITEMS = 3
/** A word belongs to a brand or product line if at least this share of its titles are of one brand. */
const LINE_SHARE = 0.9

/**
 * Sets WORD.brand in `flags` for words of brand names that hardly occur in titles of other brands. `titles`: one text a
 * catalogue row; `brands`: brand -> numbers of its words.
 */
export function markBrands(flags: Uint8Array, titles: WordStream, brands: number[][], catalogue: Catalogue): void {
  const withBrand = new Map<number, number>()
  const branded = countBranded(titles, flags.length, catalogue)
  for (let row = 0; row < catalogue.size; row++) {
    const brand = catalogue.brands[row]
    if (brand < 0) continue
    const seen = new Set(titles.words.subarray(titles.offsets[row], titles.offsets[row + 1]))
    for (const word of new Set(brands[brand])) if (seen.has(word)) withBrand.set(word, (withBrand.get(word) ?? 0) + 1)
  }
  for (const brand of brands) {
    for (const word of brand) {
      if (flags[word] & WORD.stop) continue
      if ((withBrand.get(word) ?? 0) >= BRAND_SHARE * branded[word]) flags[word] |= WORD.brand
    }
  }
}

/**
 * A word is a brand word too if at least FOLLOWER_USES titles have it behind their brand, and these are at least this
 * share of all titles with it.
 */
const FOLLOWER_SHARE = 0.8
const FOLLOWER_USES = 3

/**
 * Sets WORD.brand in `flags` for words that hardly occur except behind a brand, with or without a stop word between:
 * names in titles are longer than the brand column says ("Maybelline New York", "Seche Vite"). `titles`: one text a
 * catalogue row; `brands`: brand -> numbers of its words.
 */
export function markFollowers(
  flags: Uint8Array,
  titles: WordStream,
  usage: WordUsage,
  brands: number[][],
  catalogue: Catalogue,
): void {
  const behind = new Map<number, number>()
  const { words, offsets } = titles
  let last = -1
  for (const { row, end } of findBrands(titles, brands, catalogue)) {
    if (row === last || end === offsets[row + 1]) continue
    last = row
    const next = words[end] >= 0 && flags[words[end]] & WORD.stop ? end + 1 : end
    const word = next < offsets[row + 1] ? words[next] : -1
    if (word >= 0) behind.set(word, (behind.get(word) ?? 0) + 1)
  }
  for (const [word, count] of behind) {
    if (count >= FOLLOWER_USES && count >= FOLLOWER_SHARE * usage.df[word]) flags[word] |= WORD.brand
  }
}

/**
 * Word -> 1 where it hardly occurs in titles of more than one brand, else 0: names of brands and product lines, which
 * keep their capitals. `words`: number of words; `titles`: one text a catalogue row.
 */
export function nameWordsOf(titles: WordStream, words: number, catalogue: Catalogue): Uint8Array {
  const counts = new Map<number, number>()
  const most = new Int32Array(words)
  const last = new Int32Array(words).fill(-1)
  const branded = countBranded(titles, words, catalogue)
  const brandCount = catalogue.brandNames.offsets.length
  for (let row = 0; row < catalogue.size; row++) {
    const brand = catalogue.brands[row]
    if (brand < 0) continue
    for (let i = titles.offsets[row]; i < titles.offsets[row + 1]; i++) {
      const word = titles.words[i]
      if (word < 0 || last[word] === row) continue
      last[word] = row
      const key = word * brandCount + brand
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count > most[word]) most[word] = count
    }
  }
  return Uint8Array.from(most, (count, word) => (count >= LEAST_ITEMS && count >= LINE_SHARE * branded[word] ? 1 : 0))
}

/** Word -> number of titles that hold it, among items with a known brand. */
function countBranded({ words, offsets }: WordStream, size: number, catalogue: Catalogue): Int32Array {
  const counts = new Int32Array(size)
  for (let row = 0; row < catalogue.size; row++) {
    if (catalogue.brands[row] < 0) continue
    for (const word of new Set(words.subarray(offsets[row], offsets[row + 1]))) if (word >= 0) counts[word]++
  }
  return counts
}

/**
 * The titles with a break in place of their own brand and the brand words behind it. `companies`: numbers of words such
 * as "Inc"; `brands`: brand -> numbers of its words.
 */
export function removeBrands(
  titles: WordStream,
  flags: Uint8Array,
  companies: ReadonlySet<number>,
  brands: number[][],
  catalogue: Catalogue,
): WordStream {
  const isNameWord = (word: number) => (flags[word] & WORD.brand) !== 0 || companies.has(word)
  const { offsets } = titles
  const words = titles.words.slice()
  // Brands are looked up in the changed words, so that a name with a break in it is not found again.
  for (const { row, from, end } of findBrands({ ...titles, words }, brands, catalogue)) {
    const limit = offsets[row + 1]
    words.fill(-1, from, end)
    // Words of the name behind the brand are removed with it: "New York" of "Maybelline New York".
    const next = end + 1 < limit && words[end] >= 0 && flags[words[end]] & WORD.stop ? end + 1 : end
    if (next < limit && words[next] >= 0 && isNameWord(words[next])) words.fill(-1, from, next + 1)
  }
  return { ...titles, words }
}

/** Where titles name their own brand: positions `from` to `end` (exclusive) in the stream, row by row. */
function* findBrands(
  { words, offsets }: WordStream,
  brands: number[][],
  catalogue: Catalogue,
): Generator<{ row: number; from: number; end: number }> {
  for (let row = 0; row < catalogue.size; row++) {
    const brand = brands[catalogue.brands[row]]
    if (!brand || brand.length === 0) continue
    for (let from = offsets[row]; from + brand.length <= offsets[row + 1]; from++) {
      if (brand.every((word, k) => words[from + k] === word)) yield { row, from, end: from + brand.length }
    }
  }
}

/**
 * The key of a brand as a phrase, which differs from that of the same words: "Pure" may be both a brand and an
 * adjective.
 */
export function brandKey(key: string): string {
  return `@ ${key}`
}

/** A brand's name as it is shown, without trademark signs. */
export function cleanBrand(name: string): string {
  return cleanText(name, 60)
    .replace(/[™®©]|\((?:tm|r|c)\)/gi, '')
    .trim()
}
