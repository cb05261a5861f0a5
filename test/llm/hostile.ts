import { readFileSync } from 'node:fs'

/** Titles and texts by somebody who wants a model, a page, a terminal or a spreadsheet to obey, by what they are made of. */
const kinds: Record<string, string[]> = JSON.parse(readFileSync('test/llm/hostile.json', 'utf8'))

export const HOSTILE = Object.values(kinds).flat()

/** What must never come through: the word that hostile texts order, and what acts by itself. */
export const OBEYED = /hacked|evil|攻破|攻|破/i
export const ACTIVE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|<[a-z!/]|^[=+@-]|https?:|javascript:/i
