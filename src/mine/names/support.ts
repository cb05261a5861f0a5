import { cleanText } from '../../text.js'
import { hasCjk, splitRuns } from './words.js'

/**
 * Words that join others and assert nothing. Every other word, "no" and "without" among them, must be supported by a
 * source.
 */
export const CONNECTORS: ReadonlySet<string> = new Set(
  'a an and the of for with in on by to or 和 与 及 或 的'.split(' '),
)
const NUMBER = /\d+(?:[.,:]\d+)*/g
const PARTS = /[-&/]/

/** A text against whose words assertions are checked. */
export interface WordSource {
  /** Keys of its words and of the parts of compounds; numbers as written. */
  keys: ReadonlySet<string>
  /**
   * The text in lower case. Chinese is looked up in it, since the same characters may be segmented in different ways.
   */
  text: string
}

/** Reads a text, up to 2000 characters, as a source. */
export function readSource(text: string): WordSource {
  const clean = cleanText(text, 2000)
  const keys = new Set(assertionsOf(clean))
  for (const key of [...keys]) for (const part of key.split(PARTS)) keys.add(part)
  return { keys, text: clean.toLowerCase() }
}

/**
 * What a text asserts, one entry for each content word: the key of a word, a number, or a run of Chinese characters.
 * Single characters are joined with their neighbours where there are any, so that none is found inside another word.
 * Words of `ignored` assert nothing.
 */
export function assertionsOf(text: string, ignored = CONNECTORS): string[] {
  const found: string[] = []
  let rest = text
  for (const run of splitRuns(text)) {
    const cjkWords: string[] = []
    for (const token of run) {
      rest = rest.slice(0, token.from) + ' '.repeat(token.to - token.from) + rest.slice(token.to)
      if (ignored.has(token.key)) cjkWords.push('')
      else if (token.cjk) cjkWords.push(token.key)
      else found.push(token.key)
    }
    found.push(...joinCharacters(cjkWords))
  }
  return [...found, ...(rest.match(NUMBER) ?? [])]
}

/** Joins words of a single character with those beside them. An empty entry separates. */
function joinCharacters(words: readonly string[]): string[] {
  const units: string[] = []
  let open = false
  for (const word of words) {
    const single = [...word].length === 1
    if (word !== '' && open && (single || [...(units.at(-1) ?? '')].length === 1)) units[units.length - 1] += word
    else if (word !== '') units.push(word)
    open = word !== ''
  }
  return units
}

/**
 * Whether a source supports one assertion: it has the word, or all parts of a compound ("anti-aging"), or, for Chinese,
 * the characters.
 */
export function bearsOut({ keys, text }: WordSource, assertion: string): boolean {
  if (hasCjk(assertion)) return text.includes(assertion)
  if (keys.has(assertion)) return true
  const parts = assertion.split(PARTS)
  return parts.length > 1 && parts.every((part) => keys.has(part))
}

/** Number of sources that support an assertion. */
export function countSupport(sources: readonly WordSource[], assertion: string): number {
  return sources.reduce((n, source) => n + Number(bearsOut(source, assertion)), 0)
}

/** Whether each assertion is supported by at least half of the sources, and by two. False for no assertions. */
export function isInHalf(sources: readonly WordSource[], assertions: readonly string[]): boolean {
  const need = Math.max(2, Math.ceil(sources.length / 2))
  return assertions.length > 0 && assertions.every((assertion) => countSupport(sources, assertion) >= need)
}
