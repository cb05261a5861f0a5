import type { WordStream } from './vocabulary.js'

/** A run of words that was chosen as a phrase. */
export interface ChosenGram {
  /** Numbers of its words. */
  words: number[]
  /** Indices of the texts that hold it, ascending. */
  rows: number[]
  /** Positions in the stream at which it begins. */
  places: number[]
}

/** Which runs of words `chooseGrams` chooses. */
export interface GramRules {
  /** Least number of texts that must hold a run. */
  least: number
  /** Flags of each word, bits of WORD. */
  wordFlags: Uint8Array
  /** Key of each word. */
  keys: readonly string[]
  /** Number of runs that are kept, the most useful first. */
  limit: number
}

const LONGEST = 4
const LONGEST_CJK = 3
/** A phrase is dropped as a fragment if a longer one holds it in at least this share of its texts. */
const FRAGMENT_SHARE = 0.9
/** The bits of WORD that are used here. */
const [STOP, FILLER, SHADE, ENDER, CJK] = [1, 2, 4, 16, 64]
/** Single characters that are words for things; other single characters are cut out of words. */
const CJK_THINGS = new Set('茶酒猫狗花书鱼鸟伞灯鞋帽包琴车床锅刀笔表糖粥面饭汤菜肉米豆虾蟹')

/**
 * Chooses the frequent runs of one to four words in a stream that are useful as phrases, most useful first: by the
 * logarithm of the number of texts, with a bonus for ending in a word for a thing and a penalty for length. Fragments
 * of longer phrases are left out.
 */
export function chooseGrams(stream: WordStream, rules: GramRules): ChosenGram[] {
  const { wordFlags, keys, least, limit } = rules
  // A filler word ends a run: no phrase contains one.
  const words = stream.words.map((word) => (word >= 0 && wordFlags[word] & FILLER ? -1 : word))
  const grams = findGrams({ words, offsets: stream.offsets }, LONGEST, least)
  const wordsOf = (g: number) => [...words.subarray(grams.starts[g], grams.starts[g] + grams.lengths[g])]
  const allowed = Uint8Array.from({ length: grams.count }, (_, g) => (isPhrase(wordsOf(g), wordFlags, keys) ? 1 : 0))
  const fragment = new Uint8Array(grams.count)
  for (let g = 0; g < grams.count; g++) {
    if (!allowed[g]) continue
    for (const part of [grams.prefix[g], grams.suffix[g]]) {
      if (part >= 0 && grams.df[g] >= FRAGMENT_SHARE * grams.df[part]) fragment[part] = 1
    }
  }
  const useful: { g: number; worth: number }[] = []
  for (let g = 0; g < grams.count; g++) {
    if (!allowed[g] || fragment[g]) continue
    const ends = wordFlags[words[grams.starts[g] + grams.lengths[g] - 1]] & ENDER
    // A phrase of three words or more that names no thing is neither a head nor a useful modifier.
    if (grams.lengths[g] >= 3 && !ends) continue
    useful.push({ g, worth: Math.log(grams.df[g]) + (ends ? 1 : 0) - 0.3 * grams.lengths[g] })
  }
  useful.sort((a, b) => b.worth - a.worth || a.g - b.g)
  const chosen = useful.slice(0, limit)
  const index = new Int32Array(grams.count).fill(-1)
  const result = chosen.map(({ g }, i): ChosenGram => {
    index[g] = i
    return { words: wordsOf(g), rows: [], places: [] }
  })
  for (const at of grams.at) {
    for (let text = 0; text + 1 < stream.offsets.length; text++) {
      for (let i = stream.offsets[text]; i < stream.offsets[text + 1]; i++) {
        const gram = at[i] >= 0 && index[at[i]] >= 0 ? result[index[at[i]]] : null
        if (!gram) continue
        if (gram.rows.at(-1) !== text) gram.rows.push(text)
        gram.places.push(i)
      }
    }
  }
  return result
}

/** Whether a run of words may be a phrase by the kinds of its words. */
function isPhrase(words: number[], flags: Uint8Array, keys: readonly string[]): boolean {
  const first = words[0]
  const last = words[words.length - 1]
  if (flags[first] & STOP || flags[last] & STOP) return false
  if (words.every((word) => flags[word] & (SHADE | STOP))) return false
  const cjk = words.filter((word) => flags[word] & CJK).length
  // A letter may end a phrase ("vitamin C"), never begin one.
  if (cjk === 0) return keys[first].length > 1 && (keys[last].length > 1 || words.length > 1)
  if (words.length > LONGEST_CJK || words.some((word) => flags[word] & STOP)) return false
  if (words.length === 1) return keys[first].length > 1 || CJK_THINGS.has(keys[first])
  // Three lone characters are no phrase, and a phrase of one Latin letter and a character is ("T恤").
  return words.reduce((sum, word) => sum + keys[word].length, 0) >= 2
}

/** Texts as word numbers, one after another, -1 between runs; text i is words[offsets[i] .. offsets[i + 1]]. */
interface WordRuns {
  words: Int32Array
  offsets: Uint32Array
}

/** Frequent runs of words: gram g is words[starts[g] .. starts[g] + lengths[g]]. */
interface Grams {
  count: number
  starts: Int32Array
  lengths: Uint8Array
  /** Number of texts that hold it. */
  df: Int32Array
  /** Gram -> the gram without its last word, and without its first; -1 for single words. */
  prefix: Int32Array
  suffix: Int32Array
  /** For each length from 1 on: position in the stream -> the gram that begins there, -1 for none. */
  at: Int32Array[]
}

/** Factor that joins two gram numbers into one key; exact while there are fewer than 2^26 of them. */
const SHIFT = 2 ** 26

/**
 * All runs of up to `longest` words that occur in at least `least` texts, grown from shorter ones (Apriori: Agrawal and
 * Srikant 1994). A run can only be frequent if both runs that are one word shorter are, so rare runs are never counted
 * and memory follows the frequent ones.
 */
function findGrams({ words, offsets }: WordRuns, longest: number, least: number): Grams {
  const n = words.length
  const texts = offsets.length - 1
  const starts: number[] = []
  const lengths: number[] = []
  const df: number[] = []
  const prefix: number[] = []
  const suffix: number[] = []
  const at: Int32Array[] = []
  let previous: Int32Array | null = null
  for (let length = 1; length <= longest; length++) {
    const found = new Map<number, number>()
    const first: number[] = []
    const counts: number[] = []
    const last: number[] = []
    const here = new Int32Array(n).fill(-1)
    for (let text = 0; text < texts; text++) {
      for (let i = offsets[text]; i + length <= offsets[text + 1]; i++) {
        let key = words[i]
        if (previous) {
          if (previous[i] < 0 || previous[i + 1] < 0) continue
          key = previous[i] * SHIFT + previous[i + 1]
        } else if (key < 0) continue
        let g = found.get(key)
        if (g === undefined) {
          g = first.length
          found.set(key, g)
          first.push(i)
          counts.push(0)
          last.push(-1)
        }
        if (last[g] !== text) counts[g]++
        last[g] = text
        here[i] = g
      }
    }
    const number = counts.map((count, g) => {
      if (count < least) return -1
      const i = first[g]
      starts.push(i)
      lengths.push(length)
      df.push(count)
      prefix.push(previous ? previous[i] : -1)
      suffix.push(previous ? previous[i + 1] : -1)
      return starts.length - 1
    })
    for (let i = 0; i < n; i++) if (here[i] >= 0) here[i] = number[here[i]]
    at.push(here)
    previous = here
  }
  return {
    count: starts.length,
    starts: Int32Array.from(starts),
    lengths: Uint8Array.from(lengths),
    df: Int32Array.from(df),
    prefix: Int32Array.from(prefix),
    suffix: Int32Array.from(suffix),
    at,
  }
}
