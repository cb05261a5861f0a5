import { cleanText } from '../text.js'

/** One line of a data block. The id is made by the caller of letters and digits, never of untrusted text. */
export interface DataLine {
  id: string
  text: string
}

/** Addresses are removed: a model has no use for them and is to follow none. */
const ADDRESS = /\b(?:[a-z][a-z\d+.-]{1,20}:\/\/|www\.|mailto:|javascript:|data:)\S*/giu
/** Characters that open or close blocks, tags, fences and headings, or fill a template, and what replaces them. */
const STRUCTURE: readonly [RegExp, string][] = [
  [/[<＜〈]/gu, '‹'],
  [/[>＞〉]/gu, '›'],
  [/[`´]/gu, '’'],
  [/[[{]/gu, '('],
  [/[\]}]/gu, ')'],
  [/[#|\\*_~=]{2,}/gu, ' '],
]

/**
 * Makes untrusted text safe to show to a model: one line of at most `most` characters, without control, zero-width and
 * bidirectional characters, markup or addresses. Nothing in it closes a block, a tag or a fence.
 */
export function quoteData(text: string, most: number): string {
  let line = cleanText(text, most * 2).replace(ADDRESS, ' ')
  for (const [pattern, instead] of STRUCTURE) line = line.replace(pattern, instead)
  return cleanText(line, most)
}

/**
 * A block of untrusted text in a prompt: one line each behind its id, of at most `most` characters, between <label> and
 * </label>. Untrusted text stands nowhere else in a prompt.
 */
export function drawBlock(label: string, lines: readonly DataLine[], most: number): string {
  return [`<${label}>`, ...lines.map(({ id, text }) => `${id}: ${quoteData(text, most)}`), `</${label}>`].join('\n')
}
