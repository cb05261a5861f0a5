import { InterestMineError, quote } from './errors.js'
import { cleanText } from './text.js'
import type { Language } from './types/answers.js'

/** The values that a number as an option may have. */
export interface OptionRange {
  /** Smallest value that is allowed. */
  least: number
  /** Largest value that is allowed. */
  most: number
  /** Default; missing where the option has none, or one that depends on the store. */
  usual?: number
  /** Present where only whole numbers are allowed. */
  whole?: true
}

/**
 * The range of every option that is a number, as the command line and its help have it. The library checks its options
 * by the same ranges, but takes any whole number as a seed, and any from 0 on as a number of workers.
 */
export const RANGES = {
  /** Length of a list at most. */
  limit: { least: 1, most: 10_000, usual: 10, whole: true },
  /** Number of interests or users in an answer about the user base, at most. */
  userBaseLimit: { least: 1, most: 10_000, usual: 20, whole: true },
  /** An interest of the user base that fewer users hold is only counted. */
  minUsers: { least: 1, most: 1_000_000_000, usual: 5, whole: true },
  /** 0: by score alone; 1: as varied as can be. */
  diversity: { least: 0, most: 1, usual: 0.3 },
  /** Seed of everything random. */
  seed: { least: 0, most: 2 ** 32 - 1, usual: 1, whole: true },
  /** Factor of the weight of an interest. */
  boost: { least: 0.1, most: 10 },
  /** Number of worker threads; 0: everything on the calling thread. */
  workers: { least: 0, most: 64, whole: true },
  /** Epsilon of one answer with noise. */
  epsilon: { least: 0.001, most: 100 },
  /** Delta of one answer with noise; 0 means Laplace noise, more means Gaussian noise. */
  delta: { least: 0, most: 0.01, usual: 0 },
  /** Epsilon of all answers with noise and private trainings together. */
  budget: { least: 0, most: 1000 },
  /** Delta of all of them together. */
  budgetDelta: { least: 1e-15, most: 0.01, usual: 1e-6 },
  /** Epsilon of a private training; 0 itself is refused. */
  dpEpsilon: { least: 0, most: 1000 },
  /** Delta of a private training. */
  dpDelta: { least: 0, most: 1 },
  /** Number of users that an evaluation reads. */
  sample: { least: 1, most: 1_000_000_000, whole: true },
  /** Number of made-up histories of each kind and seed in an evaluation of interests. */
  personas: { least: 1, most: 1_000_000, usual: 100, whole: true },
} as const satisfies Record<string, OptionRange>

/** Longest phrase in characters; encoders read about as much. */
const LONGEST_PHRASE = 500
/** Characters of a value's JSON that a message repeats, at most. */
const MOST_SHOWN = 60

/**
 * The error BAD_OPTION for a value that an option cannot have; it is returned, not thrown. Its message is "option value
 * why", with the value quoted and shortened, "(none)" where it is undefined. `details` has `option` and `value`.
 */
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

/** Returns the value if it is a string that is not empty. Fails with BAD_OPTION, which names `option`. */
export function checkText(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw badOption(option, value, 'must be a text that is not empty')
}

/** Returns the value if it is a list of strings; an empty list for null and undefined. Fails with BAD_OPTION. */
export function checkTexts(option: string, value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw badOption(option, value, 'must be a list of ids')
}

/**
 * Returns a phrase as it is encoded and shown: one line, without markup, terminal sequences and invisible characters.
 * Fails with BAD_OPTION where nothing of it is left, or more than 500 characters.
 */
export function readPhrase(option: string, value: unknown): string {
  const phrase = cleanText(checkText(option, value))
  if (phrase !== '' && phrase.length <= LONGEST_PHRASE) return phrase
  throw badOption(option, value, `must have 1 to ${LONGEST_PHRASE} characters that show`)
}

/** Returns the language if it is one; null for undefined. Fails with BAD_OPTION. */
export function readLanguage(language: unknown): Language | null {
  if (language === undefined) return null
  if (language === 'en' || language === 'zh') return language
  throw badOption('language', language, 'is not en or zh')
}

/** Returns the length of a list, 1..10,000; default 10. Fails with BAD_OPTION. */
export function readLimit(limit: number = RANGES.limit.usual): number {
  const { least, most } = RANGES.limit
  if (Number.isInteger(limit) && limit >= least && limit <= most) return limit
  throw badOption('limit', limit, `must be a whole number from ${least} to ${most}`)
}

/** Returns how varied a list is to be, 0..1; default .3. Fails with BAD_OPTION. */
export function readDiversity(diversity: number = RANGES.diversity.usual): number {
  const { least, most } = RANGES.diversity
  if (diversity >= least && diversity <= most) return diversity
  throw badOption('diversity', diversity, `is not between ${least} and ${most}`)
}

/** Returns the seed of everything random; default 1. Fails with BAD_OPTION where it is no whole number. */
export function readSeed(seed: number = RANGES.seed.usual): number {
  if (Number.isInteger(seed)) return seed
  throw badOption('seed', seed, 'must be a whole number')
}

/**
 * Returns the value if it is a number within the range, its ends included. Fails with BAD_OPTION, which names `option`.
 */
export function readInRange(option: string, value: unknown, { least, most }: OptionRange): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw badOption(option, value, `must be a number from ${least} to ${most}`)
}

/** Reads a time: a number of milliseconds since 1970 or an ISO 8601 string, as milliseconds. Fails with BAD_OPTION. */
export function readTime(value: string | number): number {
  const time = typeof value === 'number' ? value : Date.parse(value)
  if (!Number.isNaN(time)) return time
  throw badOption('now', value, 'is no time; write 2026-05-01 or 2026-05-01T12:00:00Z')
}

/**
 * The option `now` in milliseconds since 1970, after which events are left out; NaN: none are. Fails with BAD_OPTION.
 */
export function untilOf({ now }: { now?: string | number }): number {
  return now === undefined ? Number.NaN : readTime(now)
}
