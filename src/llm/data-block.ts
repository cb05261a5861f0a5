import { cleanText } from '../text.js'

/** One line of a data block. Ids are ours: letters and digits. */
export interface DataLine {
  id: string
  text: string
}

/** Addresses are of no use to a model, and it is to follow none. */
const ADDRESS = /\b(?:[a-z][a-z\d+.-]{1,20}:\/\/|www\.|mailto:|javascript:|data:)\S*/giu
/** What opens or closes blocks, tags, fences and headings, or fills a template. */
const STRUCTURE: readonly [RegExp, string][] = [
  [/[<＜〈]/gu, '‹'],
  [/[>＞〉]/gu, '›'],
  [/[`´]/gu, '’'],
  [/[[{]/gu, '('],
  [/[\]}]/gu, ')'],
  [/[#|\\*_~=]{2,}/gu, ' '],
]

/**
 * Untrusted text as a model may see it: one line of at most `most` characters, without control, zero-width and
 * bidirectional characters, markup or addresses; nothing in it closes a block, a tag or a fence.
 */
export function quoteData(text: string, most: number): string {
  let line = cleanText(text, most * 2).replace(ADDRESS, ' ')
  for (const [pattern, instead] of STRUCTURE) line = line.replace(pattern, instead)
  return cleanText(line, most)
}

/** The one place of a prompt where untrusted text stands, a line each behind an id of ours. */
export function drawBlock(label: string, lines: readonly DataLine[], most: number): string {
  return [`<${label}>`, ...lines.map(({ id, text }) => `${id}: ${quoteData(text, most)}`), `</${label}>`].join('\n')
}
