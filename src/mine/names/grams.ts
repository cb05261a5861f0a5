import type { WordStream } from './vocabulary.js'

/** A run of words worth a vector. */
export interface ChosenGram {
  words: number[]
  /** Texts that hold it, ascending. */
  rows: number[]
  /** Where it stands, in the stream. */
  places: number[]
}

export interface GramRules {
  /** Texts that must hold it. */
  least: number
  /** Bits of WORD, one a word. */
  wordFlags: Uint8Array
  keys: readonly string[]
  /** The most useful ones that are kept. */
  limit: number
}

const LONGEST = 4
const LONGEST_CJK = 3
/** A longer phrase that stands in this share of a shorter one's texts speaks for it. */
const FRAGMENT_SHARE = 0.9
/** Bits of WORD that matter here (see collect). */
const [STOP, FILLER, SHADE, ENDER, CJK] = [1, 2, 4, 16, 64]
/** Characters that are things by themselves; other lone characters are cut from words. */
const CJK_THINGS = new Set('茶酒猫狗花书鱼鸟伞灯鞋帽包琴车床锅刀笔表糖粥面饭汤菜肉米豆虾蟹')

/** The useful ones among the frequent runs of a stream, most useful first. */
export function chooseGrams(stream: WordStream, rules: GramRules): ChosenGram[] {
  const { wordFlags, keys, least, limit } = rules
  // A word of packages ends a run: no phrase reaches over it.
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
    // Long phrases that name no thing are neither a head nor a handy modifier.
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

/** Texts as word numbers, one after the other, -1 between runs; text i is words[offsets[i]..offsets[i + 1]]. */
interface WordRuns {
  words: Int32Array
  offsets: Uint32Array
}

/** Frequent runs of words: gram g is words[starts[g] .. starts[g] + lengths[g]] in at least `least` texts. */
interface Grams {
  count: number
  starts: Int32Array
  lengths: Uint8Array
  /** Texts that hold it. */
  df: Int32Array
  /** Gram -> the gram without its last / first word; -1 for single words. */
  prefix: Int32Array
  suffix: Int32Array
  /** For each length 1.., the gram that starts at each place, -1 for none. */
  at: Int32Array[]
}

/** Joins two gram numbers into one key: exact while there are fewer than 2^26 of them. */
const SHIFT = 2 ** 26

/**
 * All runs of up to `longest` words that stand in at least `least` texts, by growing: a run can only be frequent where
 * both of its shorter parts are, so rare runs are never counted and memory follows the frequent ones.
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
