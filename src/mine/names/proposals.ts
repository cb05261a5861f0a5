import type { Refusal } from '../../types/words.js'
import { FORBIDDEN } from './labels.js'
import { assertionsOf, countSupport, standsInHalf, type WordSource } from './support.js'
import { FILLER_WORDS, hasCjk, PLACE_WORDS, SHADE_WORDS, stripSizes, TRAIT_WORDS, WIDE_WORDS } from './words.js'

/** A name that somebody else proposes for a group. */
export interface NameProposal {
  label: string
  /** What the things are: part of the label. */
  head: string
  /** Positions of the evidence that it rests on. */
  cited: readonly number[]
}

/** What a proposal is held against. */
export interface NameGround {
  /** The whole evidence. */
  titles: readonly string[]
  sources: readonly WordSource[]
  /** The name by words that it would replace. */
  own: string
  domain: readonly string[]
  /** Lower-case labels of the user's other interests. */
  taken: ReadonlySet<string>
  /** The words with which the proposal was asked for. */
  question: WordSource
}

const MOST_CHARACTERS = 60
const MOST_WORDS = 7
/** Sources that must bear out each word among those cited. */
const LEAST_CITED = 2

/**
 * Whether a proposed name is true of the evidence, and no echo; null: it is. Every content word must stand in two cited
 * items and in half of all.
 */
export function judgeName({ label, cited }: NameProposal, ground: NameGround): Refusal | null {
  const { titles, sources, own, domain, taken, question } = ground
  const words = assertionsOf(label)
  if (label.length > MOST_CHARACTERS || words.length > MOST_WORDS) return 'too-long'
  if (words.length === 0 || FORBIDDEN.test(label)) return 'forbidden'
  const wide = titles.filter(hasCjk).length
  if (hasCjk(label) ? wide === 0 : 2 * wide > titles.length) return 'script'
  const same = (title: string) => assertionsOf(stripSizes(title)).join(' ') === words.join(' ')
  if (titles.some(same)) return 'single-title'
  if (words.every((word) => countSupport([question], word) > 0)) return 'prompt-words'
  const chosen = [...new Set(cited)].map((i) => sources[i])
  if (!words.every((word) => countSupport(chosen, word) >= LEAST_CITED)) return 'unsupported'
  if (!standsInHalf(sources, words)) return 'unsupported'
  const above = new Set(domain.flatMap((name) => assertionsOf(name)))
  if (words.every((word) => above.has(word) || isWide(word))) return 'too-wide'
  if (saysLess(label, words, own)) return 'too-wide'
  return taken.has(label.toLowerCase()) ? 'duplicate' : null
}

/** Whether one word would stand for a name of several, or for a longer word that has it. */
function saysLess(label: string, words: readonly string[], own: string): boolean {
  if (words.length > 1) return false
  return assertionsOf(own).length > 1 || (hasCjk(label) && own !== label && own.includes(label))
}

function isWide(word: string): boolean {
  return [WIDE_WORDS, FILLER_WORDS, PLACE_WORDS, TRAIT_WORDS, SHADE_WORDS].some((words) => words.has(word))
}

/** What stands between a head and what describes it. */
const JOINTS = /^[\s·,、&]+(?:(?:of|for|with|in|from)\s+)?|[\s·,、&]+$/giu

/** Head and modifiers of a label; a head that is no part of it is the whole. */
export function partLabel(label: string, head: string): { head: string; modifiers: string[] } {
  const at = label.toLowerCase().indexOf(head.trim().toLowerCase())
  const end = at + head.trim().length
  const whole = at < 0 || head.trim() === '' || !(isEdge(label, at) && isEdge(label, end))
  if (whole) return { head: label, modifiers: [] }
  const rest = [label.slice(0, at), label.slice(end)].map((part) => part.replace(JOINTS, ''))
  return { head: label.slice(at, end), modifiers: rest.filter((part) => part !== '') }
}

/** Whether no alphabetic word is cut at a place. */
function isEdge(label: string, at: number): boolean {
  const pair = label.slice(Math.max(0, at - 1), at + 1)
  return pair.length < 2 || hasCjk(pair) || !/^[\p{L}\p{N}]{2}$/u.test(pair)
}
