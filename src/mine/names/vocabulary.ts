import { hasCjk, PROPER_WORDS, STOP_WORDS, splitRuns } from './words.js'

/** Texts as numbers of words. */
export interface WordStream {
  /** Numbers of the words, in `Vocabulary.keys`; -1 between runs. */
  words: Int32Array
  /** Numbers of their spellings, in `Vocabulary.spellings`, one for each entry of `words`. */
  spellings: Int32Array
  /** 1 where a word does not touch the one before it, as after a space. */
  apart: Uint8Array
  /** Text i is words[offsets[i]..offsets[i + 1]]. */
  offsets: Uint32Array
}

/**
 * All words and spellings met so far, numbered in the order in which they were met. `keys` and `spellings` are indexed
 * by these numbers.
 */
export interface Vocabulary {
  index: Map<string, number>
  keys: string[]
  spellings: string[]
  spellingIndex: Map<string, number>
}

/** Makes an empty vocabulary. */
export function createVocabulary(): Vocabulary {
  return { index: new Map(), keys: [], spellings: [], spellingIndex: new Map() }
}

/** The number of a text, which is added to `index` and `list` if it is new. */
function assignNumber(index: Map<string, number>, list: string[], text: string): number {
  let i = index.get(text)
  if (i === undefined) {
    i = list.length
    index.set(text, i)
    list.push(text)
  }
  return i
}

/** The number of a word, given by its key; it is added to the vocabulary if it is new. */
export function numberWord(vocabulary: Vocabulary, key: string): number {
  return assignNumber(vocabulary.index, vocabulary.keys, key)
}

/** Numbers of the words of a name, in order, without regard to punctuation. New words are added. */
export function numberName(vocabulary: Vocabulary, name: string): number[] {
  return splitRuns(name).flatMap((run) => run.map((token) => numberWord(vocabulary, token.key)))
}

/** Reads texts 0 .. `count` - 1 into numbers, at most `most` words of each. New words are added to the vocabulary. */
export function readStream(
  vocabulary: Vocabulary,
  count: number,
  textOf: (i: number) => string,
  most = 200,
): WordStream {
  const words: number[] = []
  const spellings: number[] = []
  const apart: number[] = []
  const offsets = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) {
    const text = textOf(i)
    let left = most
    for (const run of splitRuns(text)) {
      if (left <= 0) break
      let end = -1
      for (const { key, surface, from, to } of run.slice(0, left)) {
        words.push(numberWord(vocabulary, key))
        spellings.push(assignNumber(vocabulary.spellingIndex, vocabulary.spellings, surface))
        apart.push(from === end ? 0 : 1)
        end = to
      }
      left -= run.length
      words.push(-1)
      spellings.push(-1)
      apart.push(1)
    }
    offsets[i + 1] = words.length
  }
  return {
    words: Int32Array.from(words),
    spellings: Int32Array.from(spellings),
    apart: Uint8Array.from(apart),
    offsets,
  }
}

/** How the words of a stream are used, one entry a word. */
export interface WordUsage {
  /**
   * Times a word occurs, and times it ends a run of two words or more, the end of a run being also the place before a
   * stop word.
   */
  uses: Float64Array
  ends: Float64Array
  /** Number of texts with the word. */
  df: Int32Array
  /** Number of its commonest spelling; -1 where it occurs in no text of the stream. */
  spelling: Int32Array
  /**
   * How often the word has that spelling inside a text, where a capital may mean something; 0 where it only begins
   * texts.
   */
  within: Int32Array
}

/** Counts how the words of a stream are used. `vocabulary` is the one that the stream was read with. */
export function measureUsage(vocabulary: Vocabulary, { words, spellings, offsets }: WordStream): WordUsage {
  const n = vocabulary.keys.length
  const usage: WordUsage = {
    uses: new Float64Array(n),
    ends: new Float64Array(n),
    df: new Int32Array(n),
    spelling: new Int32Array(n).fill(-1),
    within: new Int32Array(n),
  }
  const last = new Int32Array(n).fill(-1)
  const counts = new Map<number, number>()
  const most = usage.within
  for (let text = 0; text + 1 < offsets.length; text++) {
    for (let i = offsets[text]; i < offsets[text + 1]; i++) {
      const word = words[i]
      if (word < 0) continue
      usage.uses[word]++
      if (last[word] !== text) usage.df[word]++
      last[word] = text
      // The first word of a text is capitalised whatever it is.
      if (i === offsets[text]) {
        if (usage.spelling[word] < 0) usage.spelling[word] = spellings[i]
      } else {
        const count = (counts.get(spellings[i]) ?? 0) + 1
        counts.set(spellings[i], count)
        if (count > most[word]) {
          most[word] = count
          usage.spelling[word] = spellings[i]
        }
      }
      const next = words[i + 1]
      const ends = next < 0 || STOP_WORDS.has(vocabulary.keys[next])
      if (ends && i > offsets[text] && words[i - 1] >= 0) usage.ends[word]++
    }
  }
  return usage
}

/**
 * How a word is shown inside a name: in lower case, but acronyms, inner capitals and proper adjectives as they are.
 * `keepsCase`: its capital means something (it is a brand's word, or titles are written as sentences) and stays.
 */
export function displayWord(spelling: string, keepsCase: boolean): string {
  if (hasCjk(spelling)) return spelling
  const isAcronym = spelling.length <= 4 && spelling === spelling.toUpperCase() && spelling !== spelling.toLowerCase()
  const hasInnerCapital = /\p{Ll}\p{Lu}|\p{Lu}.*\d|^\p{Ll}\p{Lu}/u.test(spelling)
  if (isAcronym || hasInnerCapital) return spelling
  const lower = spelling.toLowerCase()
  if (PROPER_WORDS.has(lower)) return lower[0].toUpperCase() + lower.slice(1)
  if (!keepsCase) return lower
  return spelling === spelling.toUpperCase() ? lower[0].toUpperCase() + lower.slice(1) : spelling
}
