import { InterestMineError, quote } from './errors.js'
import { cleanText } from './text.js'
import type { Language } from './types/answers.js'

/** Smallest and largest value of an option, both allowed, and what it is where it is left out. */
export interface OptionRange {
  least: number
  most: number
  /** Missing: the option has no default, or one that depends on the store. */
  usual?: number
  /** Only whole numbers. */
  whole?: true
}

/** Every option that is a number in a range: the library checks by this, and the command line and its help too. */
export const RANGES = {
  /** Results of a list. */
  limit: { least: 1, most: 10_000, usual: 10, whole: true },
  /** Interests or users of an answer about the user base. */
  userBaseLimit: { least: 1, most: 10_000, usual: 20, whole: true },
  /** Users below whom an interest of the user base is only counted. */
  minUsers: { least: 1, most: 1_000_000_000, usual: 5, whole: true },
  /** 0: by score alone; 1: as varied as can be. */
  diversity: { least: 0, most: 1, usual: 0.3 },
  /** Of everything random. */
  seed: { least: 0, most: 2 ** 32 - 1, usual: 1, whole: true },
  /** What the weight of an interest is multiplied by. */
  boost: { least: 0.1, most: 10 },
  /** Threads; 0: everything on the calling thread. */
  workers: { least: 0, most: 64, whole: true },
  /** What one answer with noise may cost, and what its noise may fail by; 0 is Laplace noise. */
  epsilon: { least: 0.001, most: 100 },
  delta: { least: 0, most: 0.01, usual: 0 },
  /** What all private answers and trainings together may cost. */
  budget: { least: 0, most: 1000 },
  budgetDelta: { least: 1e-15, most: 0.01, usual: 1e-6 },
  /** What a private training may cost; 0 itself is refused. */
  dpEpsilon: { least: 0, most: 1000 },
  dpDelta: { least: 0, most: 1 },
  /** Users asked, or read, by an evaluation. */
  sample: { least: 1, most: 1_000_000_000, whole: true },
  /** Made-up histories of an evaluation of interests. */
  personas: { least: 1, most: 1_000_000, usual: 100, whole: true },
} as const satisfies Record<string, OptionRange>

/** Longest phrase that may be looked for, in characters; encoders read about as much. */
const LONGEST_PHRASE = 500
/** Longest value that a message repeats, in characters. */
const MOST_SHOWN = 60

/** The failure BAD_OPTION of a value that an option cannot have: "option value why". `details` has option and value. */
export function badOption(option: string, value: unknown, why: string): InterestMineError {
  const shown = typeof value === 'string' ? quote(value) : value === undefined ? '(none)' : showValue(value)
  return new InterestMineError('BAD_OPTION', `${option} ${shown} ${why}`, { option, value })
}

function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value
  if (text.length <= MOST_SHOWN) return text
  const end = Array.isArray(value) ? ']' : '}'
  return `${text.slice(0, MOST_SHOWN)}…${typeof value === 'object' ? end : ''}`
}

/** The value where it is a text that is not empty. Fails with BAD_OPTION. */
export function checkText(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw badOption(option, value, 'must be a text that is not empty')
}

/** The value where it is a list of texts; an empty list where it is left out. Fails with BAD_OPTION. */
export function checkTexts(option: string, value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw badOption(option, value, 'must be a list of ids')
}

/**
 * A phrase as it is encoded and shown: one line without markup, terminal sequences and characters that do not show. Fails
 * with BAD_OPTION where nothing of it is left, or more than 500 characters.
 */
export function readPhrase(option: string, value: unknown): string {
  const phrase = cleanText(checkText(option, value))
  if (phrase !== '' && phrase.length <= LONGEST_PHRASE) return phrase
  throw badOption(option, value, `must have 1 to ${LONGEST_PHRASE} characters that show`)
}

/** The language that was asked for; null where it was left open. Fails with BAD_OPTION. */
export function readLanguage(language: unknown): Language | null {
  if (language === undefined) return null
  if (language === 'en' || language === 'zh') return language
  throw badOption('language', language, 'is not en or zh')
}

/** How many results are wanted, by default ten. Fails with BAD_OPTION. */
export function readLimit(limit: number = RANGES.limit.usual): number {
  const { least, most } = RANGES.limit
  if (Number.isInteger(limit) && limit >= least && limit <= most) return limit
  throw badOption('limit', limit, `must be a whole number from ${least} to ${most}`)
}

/** How varied a list is to be, 0..1. Fails with BAD_OPTION. */
export function readDiversity(diversity: number = RANGES.diversity.usual): number {
  const { least, most } = RANGES.diversity
  if (diversity >= least && diversity <= most) return diversity
  throw badOption('diversity', diversity, `is not between ${least} and ${most}`)
}

/** The seed of everything random. Fails with BAD_OPTION where it is no whole number. */
export function readSeed(seed: number = RANGES.seed.usual): number {
  if (Number.isInteger(seed)) return seed
  throw badOption('seed', seed, 'must be a whole number')
}

/** What an answer or a training with noise may cost: any number in the range. Fails with BAD_OPTION. */
export function readInRange(option: string, value: unknown, { least, most }: OptionRange): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw badOption(option, value, `must be a number from ${least} to ${most}`)
}

/** A time in milliseconds since 1970, of a number or an ISO 8601 text. Fails with BAD_OPTION. */
export function readTime(value: string | number): number {
  const time = typeof value === 'number' ? value : Date.parse(value)
  if (!Number.isNaN(time)) return time
  throw badOption('now', value, 'is no time; write 2026-05-01 or 2026-05-01T12:00:00Z')
}

/** Until when events are read, in milliseconds since 1970; NaN: all of them. Fails with BAD_OPTION. */
export function untilOf({ now }: { now?: string | number }): number {
  return now === undefined ? Number.NaN : readTime(now)
}
