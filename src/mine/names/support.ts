import { cleanText } from '../../text.js'
import { hasCjk, splitRuns } from './words.js'

/** Words that join others and assert nothing by themselves. All others, "no" and "without" too, must be borne out. */
export const CONNECTORS: ReadonlySet<string> = new Set(
  'a an and the of for with in on by to or 和 与 及 或 的'.split(' '),
)
const NUMBER = /\d+(?:[.,:]\d+)*/g
const PARTS = /[-&/]/

/** A text as what its words bear out. */
export interface WordSource {
  keys: ReadonlySet<string>
  /** Lower case; Chinese is looked up in it, since the same run may be cut into words in another way. */
  text: string
}

export function readSource(text: string): WordSource {
  const clean = cleanText(text, 2000)
  const keys = new Set(assertionsOf(clean))
  for (const key of [...keys]) for (const part of key.split(PARTS)) keys.add(part)
  return { keys, text: clean.toLowerCase() }
}

/**
 * What a text asserts, one entry a content word: its key (lower case, singular), a number, or a run of Chinese of two
 * characters or more where there are so many, so that no character is found by itself inside another word. Words of
 * `silent` assert nothing.
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

/** Words of one character are joined with those beside them; an empty entry parts them. */
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

/** Whether a source bears out one assertion: a compound also by its parts. */
export function bearsOut({ keys, text }: WordSource, assertion: string): boolean {
  if (hasCjk(assertion)) return text.includes(assertion)
  if (keys.has(assertion)) return true
  const parts = assertion.split(PARTS)
  return parts.length > 1 && parts.every((part) => keys.has(part))
}

/** Sources that bear it out. */
export function countSupport(sources: readonly WordSource[], assertion: string): number {
  return sources.reduce((n, source) => n + Number(bearsOut(source, assertion)), 0)
}

/** Whether each word stands in half of the sources or more, and in two. */
export function isInHalf(sources: readonly WordSource[], assertions: readonly string[]): boolean {
  const need = Math.max(2, Math.ceil(sources.length / 2))
  return assertions.length > 0 && assertions.every((assertion) => countSupport(sources, assertion) >= need)
}
