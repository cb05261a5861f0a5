import { dotQuantised } from '../../vectors/quantise.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt } from '../../vectors/strings.js'
import { isFlagged, PHRASE, type Phrases } from './phrases.js'
import { displayWord } from './vocabulary.js'
import { WORD } from './words.js'

/** The properties of a phrase that do not depend on the evidence. */
interface PhraseInfo {
  phrase: number
  surface: string
  words: Int32Array
  keys: string[]
  /** Its keys joined without spaces. */
  joined: string
  isHead: boolean
  isBrand: boolean
  isCategory: boolean
  isCjk: boolean
  /** Whether it says nothing by itself: colours, sizes, general words. */
  isEmpty: boolean
  /** How surely its last word names a thing, 0..1 (`Phrases.wordEnds`). */
  ending: number
  threshold: number
  spread: number
}

/** A phrase that at least half of the evidence holds, as a possible part of a name. */
export interface Part extends PhraseInfo {
  /** One entry a row of the evidence: 1 where the row holds the phrase. */
  mask: Uint8Array
  /** Number of rows that hold it. */
  support: number
  /** Cosines with the rows of the evidence that have vectors, or with a sample of them. */
  similarities: Float64Array
  /** Added to the score of a name with this part. */
  worth: number
}

/** Parts considered at most: further ones never made the best name. */
const MAX_PARTS = 24
/** Rows of the evidence compared with names at most, evenly spread. */
const MAX_COMPARED = 60
/** Share of the evidence that must hold a brand or a phrase with a brand's word. */
const BRAND_SUPPORT = 0.8
/** A phrase is dropped as a fragment if a longer one with its words has at least this share of its support. */
const FRAGMENT_SUPPORT = 0.85
/** Added to the score of a phrase in another script than the evidence. */
const FOREIGN = -0.6

/**
 * Phrases that at least max(2, half) of the catalogue rows hold, without fragments of longer ones, best supported
 * first, with their similarities to the rows. Empty where none of them is a head.
 */
export function gatherParts(
  phrases: Phrases,
  rows: ArrayLike<number>,
  similarity: Similarity = similarityOf(phrases),
): Part[] {
  const n = rows.length
  const need = Math.max(2, Math.ceil(n / 2))
  const { common, balance } = findCommon(phrases, rows, need)
  if (!common.some((phrase) => phrases.flags[phrase] & PHRASE.head)) return []
  const kept: HeldPhrase[] = []
  for (const phrase of common) {
    const holding: number[] = []
    for (let i = 0; i < n; i++) if (holdsPhrase(phrases, rows[i], phrase)) holding.push(i)
    const words = listAt(phrases.phraseWords, phrase)
    const hasBrandWords =
      isFlagged(phrases, phrase, 'brand') || words.some((word) => phrases.wordFlags[word] & WORD.brand)
    if (hasBrandWords && !isFlagged(phrases, phrase, 'category') && holding.length < BRAND_SUPPORT * n) continue
    kept.push({ phrase, holding, support: holding.length, words })
  }
  kept.sort((a, b) => b.words.length - a.words.length || b.support - a.support || a.phrase - b.phrase)
  const whole = kept.filter((short, i) =>
    kept.every((long, j) => j >= i || long.words.length <= short.words.length || !isFragment(phrases, short, long)),
  )
  whole.sort((a, b) => b.support - a.support || b.words.length - a.words.length || a.phrase - b.phrase)
  const compared = sampleRows(rows, phrases.rows)
  return whole.slice(0, MAX_PARTS).map((held) => createPart(phrases, n, compared, held, balance > 0, similarity))
}

/** Phrases that `need` of the rows hold. `balance`: CJK phrases of the rows less the others. */
function findCommon({ postings, flags, rows: known }: Phrases, rows: ArrayLike<number>, need: number) {
  const holders = new Map<number, number>()
  const common: number[] = []
  let balance = 0
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] >= known) continue
    for (let at = postings.offsets[rows[i]]; at < postings.offsets[rows[i] + 1]; at++) {
      const phrase = postings.values[at]
      balance += flags[phrase] & PHRASE.cjk ? 1 : -1
      const count = (holders.get(phrase) ?? 0) + 1
      holders.set(phrase, count)
      if (count === need) common.push(phrase)
    }
  }
  return { common, balance }
}

/** Whether a catalogue row holds a phrase, by binary search; false for a row without postings. */
export function holdsPhrase({ postings, rows: known }: Phrases, row: number, phrase: number): boolean {
  if (row >= known) return false
  let low = postings.offsets[row]
  let high = postings.offsets[row + 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (postings.values[middle] < phrase) low = middle + 1
    else high = middle
  }
  return low < postings.offsets[row + 1] && postings.values[low] === phrase
}

/** Cosine of a phrase and the short text of a catalogue row. */
export type Similarity = (phrase: number, row: number) => number

/** The cosines of phrases and rows, from the vectors kept in `phrases`. */
export function similarityOf({ vectors, items }: Phrases): Similarity {
  return (phrase, row) => dotQuantised(vectors, phrase, items, row)
}

/** A phrase and the positions of the evidence that hold it. */
interface HeldPhrase {
  phrase: number
  holding: number[]
  support: number
  words: Int32Array
}

/** Whether `short` is part of `long` and `long` has nearly the same support. */
function isFragment(phrases: Phrases, short: HeldPhrase, long: HeldPhrase): boolean {
  if (long.support < FRAGMENT_SUPPORT * short.support) return false
  // A brand remains one even where its words occur in a longer phrase.
  if (isFlagged(phrases, short.phrase, 'brand') || isFlagged(phrases, long.phrase, 'brand')) return false
  for (let from = 0; from + short.words.length <= long.words.length; from++) {
    if (short.words.every((word, k) => long.words[from + k] === word)) return true
  }
  return false
}

function createPart(
  phrases: Phrases,
  size: number,
  compared: Int32Array,
  { phrase, holding, support }: HeldPhrase,
  evidenceIsCjk: boolean,
  similarity: Similarity,
): Part {
  const info = phraseInfoOf(phrases, phrase)
  const mask = new Uint8Array(size)
  for (const i of holding) mask[i] = 1
  const similarities = new Float64Array(compared.length)
  for (let i = 0; i < compared.length; i++) similarities[i] = similarity(phrase, compared[i])
  // Written out, because spreading an object of this size costs more than the rest of this function.
  const { surface, words, keys, joined, isHead, isBrand, isCategory, isCjk, isEmpty, ending, threshold, spread } = info
  const worth = isCjk === evidenceIsCjk || isBrand ? 0 : FOREIGN
  return {
    phrase,
    surface,
    words,
    keys,
    joined,
    isHead,
    isBrand,
    isCategory,
    isCjk,
    isEmpty,
    ending,
    threshold,
    spread,
    mask,
    support,
    similarities,
    worth,
  }
}

const phraseInfos = new WeakMap<Phrases, Map<number, PhraseInfo>>()

/** Cached, since the same few phrases name most groups. */
function phraseInfoOf(phrases: Phrases, phrase: number): PhraseInfo {
  let known = phraseInfos.get(phrases)
  if (!known) {
    known = new Map()
    phraseInfos.set(phrases, known)
  }
  let info = known.get(phrase)
  if (!info) {
    info = readPhraseInfo(phrases, phrase)
    known.set(phrase, info)
  }
  return info
}

function readPhraseInfo(phrases: Phrases, phrase: number): PhraseInfo {
  const words = listAt(phrases.phraseWords, phrase)
  const flag = (name: Parameters<typeof isFlagged>[2]) => isFlagged(phrases, phrase, name)
  const keys = Array.from(words, (word) => stringAt(phrases.words, word))
  const flags = (bits: number) => words.every((word) => (phrases.wordFlags[word] & bits) !== 0)
  const isBrand = !flag('category') && (flag('brand') || flags(WORD.brand))
  return {
    phrase,
    surface: stringAt(phrases.surfaces, phrase),
    words,
    keys,
    joined: keys.join(''),
    isHead: flag('head') && !isBrand,
    isBrand,
    isCategory: flag('category'),
    isCjk: flag('cjk'),
    isEmpty: flag('wide') || flags(WORD.shade | WORD.stop | WORD.filler),
    ending: (phrases.wordEnds[words[words.length - 1]] ?? 0) / 255,
    threshold: phrases.thresholds[phrase],
    spread: phrases.spreads[phrase],
  }
}

/** At most MAX_COMPARED of the rows that have vectors, evenly spread. */
function sampleRows(rows: ArrayLike<number>, known: number): Int32Array {
  const usable = Array.from(rows).filter((row) => row < known)
  if (usable.length <= MAX_COMPARED) return Int32Array.from(usable)
  return Int32Array.from({ length: MAX_COMPARED }, (_, i) => usable[Math.floor((i * usable.length) / MAX_COMPARED)])
}

/**
 * The text of a name. The words of head and modifiers in an order that the title of one of `rows` has; where there is
 * none, "head · modifiers", which is always grammatical. A brand comes first.
 */
export function joinParts(phrases: Phrases, head: Part, modifiers: readonly Part[], rows: ArrayLike<number>): string {
  const brand = modifiers.find((part) => part.isBrand)
  const others = modifiers.filter((part) => !part.isBrand)
  const front = brand ? `${brand.surface} ` : ''
  const name = head.isCategory && front !== '' ? lowerName(head.surface) : head.surface
  if (others.length === 0) return sentence(front + name)
  for (const order of others.length === 2 ? [others, [others[1], others[0]]] : [others]) {
    if (standsInOrder(phrases, [...order, head], rows)) {
      const gap = head.keys.some((key) => /\p{Script=Han}/u.test(key)) ? '' : ' '
      const words = [...order.map((part) => part.surface), head.isCategory ? lowerName(head.surface) : head.surface]
      return sentence(front + words.join(gap))
    }
  }
  const comma = others.every((part) => /\p{Script=Han}/u.test(part.surface)) ? '、' : ', '
  return sentence(`${front}${name} · ${others.map((part) => part.surface).join(comma)}`)
}

/** The text with a capital at its start, unless its first word has one of its own ("iPad"). */
export function sentence(text: string): string {
  const first = text.split(' ', 1)[0]
  return first === first.toLowerCase() ? text[0].toUpperCase() + text.slice(1) : text
}

/** A category's name as it is written within a longer name. */
function lowerName(name: string): string {
  return name
    .split(' ')
    .map((word) => displayWord(word, false))
    .join(' ')
}

/** Words that may be between the parts of a name in a title. */
const MAX_GAP = 1

/** Whether the title of one of the rows has the parts in this order. */
function standsInOrder(phrases: Phrases, parts: readonly Part[], rows: ArrayLike<number>): boolean {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] >= phrases.rows) continue
    const title = listAt(phrases.titleWords, rows[i])
    for (let at = 0; at < title.length; at++) if (followsAt(title, at, parts)) return true
  }
  return false
}

/**
 * Whether the parts follow each other in a title from position `at` on, with at most MAX_GAP words between two of them.
 */
function followsAt(title: Int32Array, at: number, parts: readonly Part[]): boolean {
  let from = at
  for (const [p, { words }] of parts.entries()) {
    let start = -1
    for (let gap = 0; gap <= (p === 0 ? 0 : MAX_GAP) && start < 0; gap++) {
      if (gap > 0 && title[from + gap - 1] === -1) break
      if (words.every((word, k) => title[from + gap + k] === word)) start = from + gap
    }
    if (start < 0) return false
    from = start + words.length
  }
  return true
}
