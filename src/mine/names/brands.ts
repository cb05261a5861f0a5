import type { Catalogue } from '../../columns.js'
import { cleanText } from '../../text.js'
import type { Usage, WordStream } from './vocabulary.js'
import { WORD } from './words.js'

/** A word of a brand's name that, where the brand is known, stands with this brand so often belongs to it. */
const BRAND_SHARE = 0.7
/** Fewer titles than this tell nothing of a word. */
const LEAST_ITEMS = 3
/** A word of which one brand has so much is the brand's own. */
const LINE_SHARE = 0.9

/** Marks words of brand names that hardly stand in titles of anything else. */
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

/** A word that follows a brand this often whenever it is used belongs to the brand's name. */
const FOLLOWER_SHARE = 0.8
const FOLLOWER_USES = 3

/**
 * Names as titles write them are longer than brand columns: "Maybelline New York", "Seche Vite". Words that hardly
 * stand anywhere but behind one brand, a stop word between them or not, are marked as brand words.
 */
export function markFollowers(
  flags: Uint8Array,
  titles: WordStream,
  usage: Usage,
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

/** 1 for each word that hardly stands in titles of more than one brand: names of brands and lines keep their capitals. */
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

/** Titles that hold each word, of items whose brand is known: of the others nobody knows whose they are. */
function countBranded({ words, offsets }: WordStream, size: number, catalogue: Catalogue): Int32Array {
  const counts = new Int32Array(size)
  for (let row = 0; row < catalogue.size; row++) {
    if (catalogue.brands[row] < 0) continue
    for (const word of new Set(words.subarray(offsets[row], offsets[row + 1]))) if (word >= 0) counts[word]++
  }
  return counts
}

/** Titles with a break where their own brand stood. `companies`: words such as "Inc". */
export function withoutBrands(
  titles: WordStream,
  flags: Uint8Array,
  companies: ReadonlySet<number>,
  brands: number[][],
  catalogue: Catalogue,
): WordStream {
  const isOfName = (word: number) => (flags[word] & WORD.brand) !== 0 || companies.has(word)
  const { offsets } = titles
  const words = titles.words.slice()
  // Found in what is left: a name that a break runs through is no name any more.
  for (const { row, from, end } of findBrands({ ...titles, words }, brands, catalogue)) {
    const limit = offsets[row + 1]
    words.fill(-1, from, end)
    // What belongs to the name behind it goes with it: "New York" of "Maybelline New York".
    const next = end + 1 < limit && words[end] >= 0 && flags[words[end]] & WORD.stop ? end + 1 : end
    if (next < limit && words[next] >= 0 && isOfName(words[next])) words.fill(-1, from, next + 1)
  }
  return { ...titles, words }
}

/** Where titles name their own brand: positions `from` to before `end`, row by row. */
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

/** Brands have keys of their own: "Pure" is a brand of some things and said of many. */
export function brandKey(key: string): string {
  return `@ ${key}`
}

/** A brand as it is spelt, without marks. */
export function cleanBrand(name: string): string {
  return cleanText(name, 60)
    .replace(/[™®©]|\((?:tm|r|c)\)/gi, '')
    .trim()
}
