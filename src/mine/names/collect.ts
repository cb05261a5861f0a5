import type { Catalogue, Lists } from '../../columns.js'
import { cleanText } from '../../text.js'
import { listAt, packLists } from '../../vectors/sparse.js'
import { stringAt, unpackStrings } from '../../vectors/strings.js'
import { brandKey, cleanBrand, markBrands, markFollowers, nameWordsOf, removeBrands } from './brands.js'
import { chooseGrams, type GramRules } from './grams.js'
import { lastName } from './paths.js'
import { PHRASE } from './phrases.js'
import {
  createVocabulary,
  displayWord,
  measureUsage,
  numberName,
  readStream,
  type Vocabulary,
  type WordStream,
  type WordUsage,
} from './vocabulary.js'
import {
  COMPANY_WORDS,
  FILLER_WORDS,
  hasCjk,
  PLACE_WORDS,
  SHADE_WORDS,
  STOP_WORDS,
  stripSizes,
  TRAIT_WORDS,
  WIDE_WORDS,
  WORD,
} from './words.js'

/**
 * The phrases that may name interests, before their vectors are known. Phrases and words are sorted by key. Fields are
 * as in `Phrases`.
 */
export interface CollectedPhrases {
  /** Texts to be encoded, one a phrase. */
  texts: string[]
  /** Keys of the phrases: keys of the words joined by a space (brands as in `brandKey`). */
  keys: string[]
  surfaces: string[]
  /** Bits of PHRASE. */
  flags: Uint8Array
  /** Number of items that hold the phrase. */
  df: Int32Array
  phraseWords: Lists
  words: string[]
  /** Bits of WORD. */
  wordFlags: Uint8Array
  /** How surely a word names a thing, 0..255: 255 x (times it ends a run + 1) / (times it occurs + 4). */
  wordEnds: Uint8Array
  /** Row -> its phrases, ascending. */
  postings: Lists
  /** Row -> the words of its title; -1 between runs, -2 for a word that is in no phrase. */
  titleWords: Lists
  /** Whether titles are names (of films, books) whose words do not say what the item is. */
  titlesAreNames: boolean
}

/** Options of `collectPhrases`. */
export interface CollectOptions {
  /** Phrases kept at most from titles (default 50,000) and from texts (default 20,000). */
  maxPhrases?: number
  maxTextPhrases?: number
  /** Called at least once a second in catalogues of some 100,000 items; may throw to stop. */
  check?: () => void
}

const MAX_PHRASES = 50_000
const MAX_TEXT_PHRASES = 20_000
/** Items that must hold a phrase; 2 in a catalogue of fewer than SMALL_CATALOGUE items. */
const LEAST_ITEMS = 3
const SMALL_CATALOGUE = 300

/**
 * A word names a thing (WORD.ender) from this value of (times it ends a run + 1) / (times it occurs + 4) on, if it
 * occurs at least ENDER_USES times.
 */
const ENDER_SHARE = 0.35
const ENDER_USES = 8
/** A word that ends a category name is one too, from this lower value on, or where it is rare. */
const CATEGORY_ENDER_SHARE = 0.25
/** A category with more than this share of the items is the root of the catalogue, and no phrase. */
const ROOT_SHARE = 0.9
/** Titles say little if they hold fewer phrases than this on average; in a small catalogue few phrases are shared. */
const POOR_TITLES = 4

/**
 * Titles are taken for names in catalogues of at least this many items with more than one tag an item on average, whose
 * titles hold fewer than NAME_TITLES phrases on average.
 */
const NAMED_ITEMS = 1000
const NAME_TITLES = 2.5
/** Texts read between two checks. */
const CHECKED_EVERY = 1000
/** Words read of a text at most. */
const TEXT_WORDS = 60
const MAX_BRAND_WORDS = 5
/** A brand's words in titles are its name if at least this share of these titles are of that brand. */
const OWN_SHARE = 0.8
/** Below this share of capitalised words within titles, a capital means something. */
const SENTENCE_CASE = 0.5

/** A phrase while it is collected: numbers of its words, how it is shown, the rows that hold it, bits of PHRASE. */
interface PhraseEntry {
  words: number[]
  surface: string
  rows: Set<number>
  flags: number
}

/**
 * Collects every phrase that may name an interest: runs of one to four words of titles, category names, brands, and
 * runs of the texts where titles say little. `textOf`: the text of a catalogue row. Pure; nothing is encoded: encode
 * `texts` of the result, and pass the vectors to `fitPhrases`.
 */
export function collectPhrases(
  textOf: (row: number) => string,
  catalogue: Catalogue,
  options: CollectOptions = {},
): CollectedPhrases {
  const n = catalogue.size
  const { check } = options
  const read = (text: string, row: number, most: number) => {
    if (row % CHECKED_EVERY === 0) check?.()
    return stripSizes(cleanText(text, most))
  }
  const vocabulary = createVocabulary()
  const titles = readStream(vocabulary, n, (row) => read(stringAt(catalogue.titles, row), row, 500))
  check?.()
  const brands = unpackStrings(catalogue.brandNames).map((name) => numberName(vocabulary, cleanText(name, 100)))
  const names = unpackStrings(catalogue.categoryNames).map((name) => cleanText(lastName(name), 80))
  const nameWords = names.map((name) => numberName(vocabulary, name))
  const usage = measureUsage(vocabulary, titles)
  const wordFlags = flagWords(vocabulary, usage, names, n < SMALL_CATALOGUE)
  markBrands(wordFlags, titles, brands, catalogue)
  markFollowers(wordFlags, titles, usage, brands, catalogue)
  check?.()
  const entries = new Map<string, PhraseEntry>()
  const least = n < SMALL_CATALOGUE ? 2 : LEAST_ITEMS
  addCategories(entries, vocabulary, catalogue, names, nameWords, wordFlags, least)
  const isSentenceCase = capitalShare(vocabulary, titles) < SENTENCE_CASE
  const isName = nameWordsOf(titles, wordFlags.length, catalogue)
  for (let word = 0; word < isName.length; word++) if (isName[word]) wordFlags[word] &= ~WORD.ender
  const rules: GramRules = { least, wordFlags, keys: vocabulary.keys, limit: options.maxPhrases ?? MAX_PHRASES }
  const companies = new Set(vocabulary.keys.flatMap((key, word) => (COMPANY_WORDS.has(key) ? [word] : [])))
  const grams = chooseGrams(removeBrands(titles, wordFlags, companies, brands, catalogue), rules)
  check?.()
  const shared = grams.reduce((sum, gram) => sum + gram.rows.length, 0) / Math.max(1, n)
  const tags = catalogue.categories.values.length
  const titlesAreNames = n >= NAMED_ITEMS && shared < NAME_TITLES && catalogue.categoryKind === 'tags' && tags > n
  const add = (stream: WordStream, found: typeof grams, own: WordUsage, flag: number): void => {
    for (const { words, rows, places } of found) {
      const surface = commonestSurface(
        vocabulary,
        stream,
        own,
        places,
        words.length,
        (word) =>
          isName[word] === 1 ||
          (wordFlags[word] & WORD.brand) !== 0 ||
          (isSentenceCase && own.within[word] > 0 && isCapital(vocabulary.spellings[own.spelling[word]])),
      )
      addEntry(entries, vocabulary, words, surface, rows, flag)
    }
  }
  if (!titlesAreNames) add(titles, grams, usage, 0)
  check?.()
  // Category paths say what things are better than words of the texts do.
  if (titlesAreNames || (shared < POOR_TITLES && (tags === 0 || catalogue.categoryKind === 'tags'))) {
    const stream = readStream(vocabulary, n, (row) => read(textOf(row), row, 600), TEXT_WORDS)
    check?.()
    const own = measureUsage(vocabulary, stream)
    const flags = flagWords(vocabulary, own, names, n < SMALL_CATALOGUE)
    flags.set(wordFlags.map((flag, word) => flag | flags[word]))
    const limit = options.maxTextPhrases ?? MAX_TEXT_PHRASES
    add(stream, chooseGrams(stream, { least, wordFlags: flags, keys: vocabulary.keys, limit }), own, PHRASE.text)
  }
  check?.()
  addBrands(entries, vocabulary, catalogue, brands, wordFlags, least)
  check?.()
  // The vocabulary has grown by words of texts and names since usage was measured.
  const all = measureUsage(vocabulary, titles)
  const flags = flagWords(vocabulary, all, names, n < SMALL_CATALOGUE)
  flags.set(wordFlags)
  return packPhrases(entries, vocabulary, titles, flags, all, n, titlesAreNames)
}

/**
 * Flags (bits of WORD) of each word of the vocabulary. `names`: category names; `isSmall`: whether the catalogue is
 * small.
 */
function flagWords(vocabulary: Vocabulary, usage: WordUsage, names: string[], isSmall: boolean): Uint8Array {
  const { keys } = vocabulary
  const enders = new Set<number>()
  const named = new Set(names.flatMap((name) => numberName(vocabulary, name)))
  for (const name of names) {
    for (const part of name.split(/[,&/、]| and /)) {
      const last = numberName(vocabulary, part).at(-1)
      if (last !== undefined) enders.add(last)
    }
  }
  const least = isSmall ? 2 : ENDER_USES
  return Uint8Array.from(keys, (key, word) => {
    const uses = usage.uses[word] ?? 0
    const share = ((usage.ends[word] ?? 0) + 1) / (uses + 4)
    const ends =
      (uses >= least && share >= ENDER_SHARE) ||
      (enders.has(word) && (uses < ENDER_USES || share >= CATEGORY_ENDER_SHARE))
    return (
      (STOP_WORDS.has(key) ? WORD.stop : 0) |
      (FILLER_WORDS.has(key) ? WORD.filler : 0) |
      // A word of a category name is no shade: chocolate is a shade of lipsticks, and a kind of sweets.
      (SHADE_WORDS.has(key) && !named.has(word) ? WORD.shade : 0) |
      (WIDE_WORDS.has(key) ? WORD.wide : 0) |
      (PLACE_WORDS.has(key) ? WORD.place : 0) |
      (ends && !TRAIT_WORDS.has(key) ? WORD.ender : 0) |
      (hasCjk(key) ? WORD.cjk : 0)
    )
  })
}

/** Adds a phrase, or adds rows and flags to one that has the same words. */
function addEntry(
  entries: Map<string, PhraseEntry>,
  vocabulary: Vocabulary,
  words: number[],
  surface: string,
  rows: Iterable<number>,
  flags: number,
): void {
  const key = words.map((word) => vocabulary.keys[word]).join(' ')
  const entry = entries.get(key)
  if (!entry) entries.set(key, { words, surface, rows: new Set(rows), flags })
  else {
    for (const row of rows) entry.rows.add(row)
    // A phrase that is in titles and texts counts as one of titles.
    entry.flags = ((entry.flags | flags) & ~PHRASE.text) | (entry.flags & flags & PHRASE.text)
  }
}

function addCategories(
  entries: Map<string, PhraseEntry>,
  vocabulary: Vocabulary,
  catalogue: Catalogue,
  names: string[],
  nameWords: number[][],
  wordFlags: Uint8Array,
  least: number,
): void {
  const rows: number[][] = names.map(() => [])
  const isLeaf = new Uint8Array(names.length)
  for (let row = 0; row < catalogue.size; row++) {
    const own = listAt(catalogue.categories, row)
    for (const category of own) rows[category].push(row)
    if (catalogue.categoryKind === 'tags') for (const category of own) isLeaf[category] = 1
    else if (own.length > 0) isLeaf[own[own.length - 1]] = 1
  }
  names.forEach((name, category) => {
    const words = nameWords[category]
    if (words.every((word) => wordFlags[word] & (WORD.stop | WORD.filler)) || name.length > 60) return
    if (rows[category].length < least || rows[category].length > ROOT_SHARE * catalogue.size) return
    addEntry(entries, vocabulary, words, name, rows[category], PHRASE.category | (isLeaf[category] ? PHRASE.leaf : 0))
  })
}

/**
 * Adds brands as phrases: with the items of their column, and those whose titles name them where the name means nothing
 * else.
 */
function addBrands(
  entries: Map<string, PhraseEntry>,
  vocabulary: Vocabulary,
  catalogue: Catalogue,
  brands: number[][],
  wordFlags: Uint8Array,
  least: number,
): void {
  const rows: Set<number>[] = brands.map(() => new Set())
  for (let row = 0; row < catalogue.size; row++) if (catalogue.brands[row] >= 0) rows[catalogue.brands[row]].add(row)
  const isBrandOnly = (words: number[]) => words.every((word) => wordFlags[word] & (WORD.brand | WORD.stop))
  const isOf = (brand: number, holders: ReadonlySet<number>) => {
    let own = 0
    for (const row of holders) if (catalogue.brands[row] === brand) own++
    return own >= OWN_SHARE * holders.size
  }
  brands.forEach((words, brand) => {
    if (words.length === 0 || words.length > MAX_BRAND_WORDS) return
    const key = words.map((word) => vocabulary.keys[word]).join(' ')
    const titled = entries.get(key)
    if (titled && !(titled.flags & PHRASE.category) && (isBrandOnly(words) || isOf(brand, titled.rows))) {
      for (const row of titled.rows) rows[brand].add(row)
      entries.delete(key)
    }
    if (rows[brand].size < least) return
    const surface = cleanBrand(stringAt(catalogue.brandNames, brand))
    if (surface !== '') entries.set(brandKey(key), { words, surface, rows: rows[brand], flags: PHRASE.brand })
  })
}

function isCapital(spelling: string | undefined): boolean {
  return spelling !== undefined && spelling[0] !== spelling[0].toLowerCase()
}

/** Share of the words within titles, stop words left out, that begin with a capital; 1 where there are none. */
function capitalShare(vocabulary: Vocabulary, { words, spellings, offsets }: WordStream): number {
  let capitals = 0
  let all = 0
  for (let text = 0; text + 1 < offsets.length; text++) {
    for (let i = offsets[text] + 1; i < offsets[text + 1]; i++) {
      if (words[i] < 0 || STOP_WORDS.has(vocabulary.keys[words[i]])) continue
      const spelling = vocabulary.spellings[spellings[i]]
      if (spelling.toLowerCase() === spelling.toUpperCase()) continue
      all++
      if (spelling[0] !== spelling[0].toLowerCase()) capitals++
    }
  }
  return all > 0 ? capitals / all : 1
}

/** The commonest form of a phrase in the texts (such as its plural), each word in its usual case. */
function commonestSurface(
  vocabulary: Vocabulary,
  { words, spellings, apart }: WordStream,
  usage: WordUsage,
  places: number[],
  length: number,
  keepsCase: (word: number) => boolean,
): string {
  const counts = new Map<string, number>()
  let best = ''
  for (const place of places) {
    let surface = ''
    for (let i = place; i < place + length; i++) {
      const spelling = vocabulary.spellings[spellings[i]]
      const usual = vocabulary.spellings[usage.spelling[words[i]]]
      const shown = spelling.toLowerCase() === usual.toLowerCase() ? usual : spelling
      surface += (i > place && apart[i] ? ' ' : '') + displayWord(shown, keepsCase(words[i]))
    }
    const count = (counts.get(surface) ?? 0) + 1
    counts.set(surface, count)
    if (count > (counts.get(best) ?? 0)) best = surface
  }
  return best
}

/** Sorts phrases and words by key, numbers them, and packs them into arrays. */
function packPhrases(
  entries: Map<string, PhraseEntry>,
  vocabulary: Vocabulary,
  titles: WordStream,
  wordFlags: Uint8Array,
  usage: WordUsage,
  rows: number,
  titlesAreNames: boolean,
): CollectedPhrases {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const used = new Set<number>()
  for (const [, { words }] of sorted) for (const word of words) used.add(word)
  const order = [...used].sort((a, b) => (vocabulary.keys[a] < vocabulary.keys[b] ? -1 : 1))
  const renumber = new Int32Array(vocabulary.keys.length).fill(-2)
  order.forEach((word, i) => {
    renumber[word] = i
  })
  const postings: number[][] = Array.from({ length: rows }, () => [])
  sorted.forEach(([, entry], phrase) => {
    for (const row of entry.rows) postings[row].push(phrase)
  })
  return {
    texts: sorted.map(([, { surface }]) => surface),
    keys: sorted.map(([key]) => key),
    surfaces: sorted.map(([, { surface }]) => surface),
    flags: Uint8Array.from(sorted, ([, { words, flags }]) => {
      const last = wordFlags[words[words.length - 1]]
      // A phrase that begins with a brand word is the rest of a name: "Vite top coat" of "Seche Vite top coat".
      const isCut = words.length > 1 && wordFlags[words[0]] & WORD.brand
      const isHead = last & WORD.ender && !isCut && !(last & (WORD.shade | WORD.stop | WORD.filler | WORD.place))
      const shades = flags & PHRASE.category ? 0 : WORD.shade
      const empty = WORD.wide | WORD.place | WORD.stop | WORD.filler | shades
      const isWide = words.every((word) => wordFlags[word] & empty)
      const isCjk = words.some((word) => wordFlags[word] & WORD.cjk)
      return (
        flags |
        ((isHead || flags & PHRASE.category) && !isWide ? PHRASE.head : 0) |
        (isWide ? PHRASE.wide : 0) |
        (isCjk ? PHRASE.cjk : 0)
      )
    }),
    df: Int32Array.from(sorted, ([, entry]) => entry.rows.size),
    phraseWords: packLists(sorted.map(([, { words }]) => words.map((word) => renumber[word]))),
    words: order.map((word) => vocabulary.keys[word]),
    wordFlags: Uint8Array.from(order, (word) => wordFlags[word]),
    wordEnds: Uint8Array.from(order, (word) => (255 * (usage.ends[word] + 1)) / (usage.uses[word] + 4)),
    postings: packLists(postings),
    titleWords: packLists(
      Array.from({ length: rows }, (_, row) =>
        titles.words
          .subarray(titles.offsets[row], titles.offsets[row + 1])
          .map((word) => (word < 0 ? -1 : renumber[word])),
      ),
    ),
    titlesAreNames,
  }
}
