import type { Refusal } from '../../types/words.js'
import { FORBIDDEN } from './labels.js'
import { assertionsOf, countSupport, isInHalf, type WordSource } from './support.js'
import { FILLER_WORDS, hasCjk, PLACE_WORDS, SHADE_WORDS, stripSizes, TRAIT_WORDS, WIDE_WORDS } from './words.js'

/** A name for a group that is proposed by a language model. */
export interface NameProposal {
  label: string
  /** The part of the label that says what the things are. */
  head: string
  /** Positions, in `NameEvidence.sources`, of the items that it was given for. */
  cited: readonly number[]
}

/** What a proposed name is checked against. */
export interface NameEvidence {
  /** Title and source of each item of the evidence. */
  titles: readonly string[]
  sources: readonly WordSource[]
  /** The label made of phrases that the proposal would replace. */
  own: string
  /** Names of the interest's domain, broad to fine. */
  domain: readonly string[]
  /** Lower-case labels of the user's other interests. */
  taken: ReadonlySet<string>
  /** The prompt's own words. */
  question: WordSource
}

const MOST_CHARACTERS = 60
const MOST_WORDS = 7
/** Number of cited items that must support each word. */
const LEAST_CITED = 2

/**
 * Checks that a proposed name is true of the evidence and says more than the prompt and the domain do. Each content
 * word must be supported by two cited items and by half of all. Returns null where it is accepted, else the refusal:
 * 'too-long', 'forbidden', 'script', 'single-title', 'prompt-words', 'unsupported', 'too-wide' or 'duplicate'
 * (docs/llm.md).
 */
export function judgeName({ label, cited }: NameProposal, evidence: NameEvidence): Refusal | null {
  const { titles, sources, own, domain, taken, question } = evidence
  const words = assertionsOf(label)
  if (label.length > MOST_CHARACTERS || words.length > MOST_WORDS) return 'too-long'
  if (words.length === 0 || FORBIDDEN.test(label)) return 'forbidden'
  const cjkTitles = titles.filter(hasCjk).length
  if (hasCjk(label) ? cjkTitles === 0 : 2 * cjkTitles > titles.length) return 'script'
  const isTitle = (title: string) => assertionsOf(stripSizes(title)).join(' ') === words.join(' ')
  if (titles.some(isTitle)) return 'single-title'
  if (words.every((word) => countSupport([question], word) > 0)) return 'prompt-words'
  const chosen = [...new Set(cited)].map((i) => sources[i])
  if (!words.every((word) => countSupport(chosen, word) >= LEAST_CITED)) return 'unsupported'
  if (!isInHalf(sources, words)) return 'unsupported'
  const domainWords = new Set(domain.flatMap((name) => assertionsOf(name)))
  if (words.every((word) => domainWords.has(word) || isWide(word))) return 'too-wide'
  if (saysLess(label, words, own)) return 'too-wide'
  return taken.has(label.toLowerCase()) ? 'duplicate' : null
}

/** Whether a label of one word would replace a name of several words, or a longer word that contains it. */
function saysLess(label: string, words: readonly string[], own: string): boolean {
  if (words.length > 1) return false
  return assertionsOf(own).length > 1 || (hasCjk(label) && own !== label && own.includes(label))
}

function isWide(word: string): boolean {
  return [WIDE_WORDS, FILLER_WORDS, PLACE_WORDS, TRAIT_WORDS, SHADE_WORDS].some((words) => words.has(word))
}

/** Separators between a head and its modifiers. */
const JOINTS = /^[\s·,、&]+(?:(?:of|for|with|in|from)\s+)?|[\s·,、&]+$/giu

/**
 * Splits a label into its head and the texts before and behind it. If the label does not contain `head` as whole words,
 * the whole label is the head.
 */
export function partLabel(label: string, head: string): { head: string; modifiers: string[] } {
  const at = label.toLowerCase().indexOf(head.trim().toLowerCase())
  const end = at + head.trim().length
  const whole = at < 0 || head.trim() === '' || !(isEdge(label, at) && isEdge(label, end))
  if (whole) return { head: label, modifiers: [] }
  const rest = [label.slice(0, at), label.slice(end)].map((part) => part.replace(JOINTS, ''))
  return { head: label.slice(at, end), modifiers: rest.filter((part) => part !== '') }
}

/** Whether index `at` of the label is not inside a word. */
function isEdge(label: string, at: number): boolean {
  const pair = label.slice(Math.max(0, at - 1), at + 1)
  return pair.length < 2 || hasCjk(pair) || !/^[\p{L}\p{N}]{2}$/u.test(pair)
}
