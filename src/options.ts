import { InterestMineError, quote } from './errors.js'
import { cleanText } from './text.js'
import type { Language } from './types/answers.js'

export const MOST_RESULTS = 10000
/** Of what is looked for; encoders read about as much. */
const LONGEST_PHRASE = 500
/** Fails with BAD_OPTION where a value from outside the type system is not what the types say. */
export function checkText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw badOption(name, value, 'must be a text that is not empty')
}
/** A phrase as it is encoded and shown: one line without markup, terminal sequences and characters that do not show. */
export function readPhrase(option: string, value: unknown): string {
  const phrase = cleanText(checkText(option, value))
  if (phrase !== '' && phrase.length <= LONGEST_PHRASE) return phrase
  throw badOption(option, value, `must have 1 to ${LONGEST_PHRASE} characters that show`)
}
export function checkTexts(name: string, value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw badOption(name, value, 'must be a list of ids')
}

export function badOption(option: string, value: unknown, why: string): InterestMineError {
  return new InterestMineError(
    'BAD_OPTION',
    `${option} ${typeof value === 'string' ? quote(value) : value === undefined ? '(none)' : showValue(value)} ${why}`,
    {
      option,
      value,
    },
  )
}
const MOST_SHOWN = 60
function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value
  if (text.length <= MOST_SHOWN) return text
  const end = Array.isArray(value) ? ']' : '}'
  return `${text.slice(0, MOST_SHOWN)}…${typeof value === 'object' ? end : ''}`
}

export function readLanguage(language: unknown): Language | null {
  if (language === undefined) return null
  if (language === 'en' || language === 'zh') return language
  throw badOption('language', language, 'is not en or zh')
}

export function readLimit(limit = 10): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_RESULTS) return limit
  throw badOption('limit', limit, `must be a whole number from 1 to ${MOST_RESULTS}`)
}

export function readTime(value: string | number): number {
  const time = typeof value === 'number' ? value : Date.parse(value)
  if (!Number.isNaN(time)) return time
  throw badOption('now', value, 'is no time; write 2026-05-01 or 2026-05-01T12:00:00Z')
}
/** Until when events are read, ms; NaN: all of them. */
export function untilOf({ now }: { now?: string | number }): number {
  return now === undefined ? Number.NaN : readTime(now)
}
