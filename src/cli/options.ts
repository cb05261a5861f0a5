import { type OptionRange, RANGES } from '../options.js'
import { CliError, type Option } from './command.js'
import { clean, cut } from './table.js'

// ---------------------------------------------------------------- reading values

/** An untrusted value for a message: in quotes, cleaned, and cut to 60 columns. */
export function quoteValue(value: string): string {
  return `"${cut(clean(value), 60)}"`
}

function refuse(flags: string, wanted: string, text: string): never {
  const option = flags.replace(/ <.*$/, '')
  throw new CliError('BAD_OPTION', `option ${option} takes ${wanted}, not ${quoteValue(text)}`, { option, value: text })
}

/** Any text that is not empty. */
export function parseText(text: string, flags: string): string {
  return text === '' ? refuse(flags, 'a value', text) : text
}

/** A reader of whole numbers from `least` to `most`; it fails with BAD_OPTION. */
export const parseWhole =
  (least: number, most: number) =>
  (text: string, flags: string): number => {
    const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    return refuse(flags, `a whole number from ${groupDigits(least)} to ${groupDigits(most)}`, text)
  }

/** A reader of decimal numbers from `least` to `most`; it fails with BAD_OPTION. */
export const parseNumber =
  (least: number, most: number) =>
  (text: string, flags: string): number => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : refuse(flags, `a number from ${least} to ${most}`, text)
  }

/** A reader of numbers in the range that the library has for an option; it fails with BAD_OPTION. */
export const inRange = (option: keyof typeof RANGES) => {
  const { least, most, whole }: OptionRange = RANGES[option]
  return whole ? parseWhole(least, most) : parseNumber(least, most)
}

/** A reader of one of two or more words; it fails with BAD_OPTION. */
export const parseChoice =
  (...choices: string[]) =>
  (text: string, flags: string): string =>
    choices.includes(text) ? text : refuse(flags, `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`, text)

const ISO = /^(\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d(?::?\d\d)?)?)?)?$/i

/**
 * An ISO 8601 time as ms since 1970: a month, a day, or a day with a time. Without a zone it is UTC, so that it means
 * the same on every machine. Fails with BAD_OPTION, also where there is no such day.
 */
export function parseTimeFlag(text: string, flags: string): number {
  const [, year, month, day = '01', time = '00:00', zone = 'Z'] = ISO.exec(text) ?? []
  const offset = zone.length === 3 ? `${zone}:00` : zone
  const at = year === undefined ? Number.NaN : Date.parse(`${year}-${month}-${day}T${time}${offset}`)
  const exists = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
  return Number.isFinite(at) && exists ? at : refuse(flags, 'an ISO 8601 time such as 2026-03-01T12:00:00Z', text)
}

/** One `COLUMN=FIELD` of --map, split at its last equals sign. Fails with BAD_OPTION where either part is empty. */
export function readPair(text: string, flags: string): [string, string] {
  const at = text.lastIndexOf('=')
  if (at < 1 || at === text.length - 1) return refuse(flags, 'COLUMN=FIELD', text)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** The `map` of a source from the pairs of a repeated --map; nothing where the option was not given. */
export function mapOf(pairs: [string, string][] | undefined): { map?: Record<string, string> } {
  return pairs === undefined ? {} : { map: Object.fromEntries(pairs) }
}

function groupDigits(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

// ---------------------------------------------------------------- lists of ids

/** A function that says of each id whether the store knows it. */
export type AreKnown = (ids: string[]) => Promise<boolean[]>

/**
 * The ids that an option names. Where it was repeated, each value is one id. A single value is one id if the store
 * knows it as it is; else it is split at its commas.
 */
export async function splitIds(values: string[], known: AreKnown): Promise<string[]> {
  if (values.length !== 1 || !values[0].includes(',')) return values
  const [whole] = await known(values)
  if (whole) return values
  return values[0].split(',').flatMap((part) => part.trim() || [])
}

// ---------------------------------------------------------------- options that several commands have

/** The options of every command. */
export const GLOBAL: Option[] = [
  { flags: '--db <file>', help: 'the store (default: $INTEREST_MINE_DB, else interest-mine.db)' },
  { flags: '--json', help: 'print one JSON document' },
  { flags: '--seed <n>', help: `seed of everything random (default: ${RANGES.seed.usual})`, read: inRange('seed') },
  { flags: '--now <time>', help: 'answer as of this ISO time (default: the newest event)', read: parseTimeFlag },
  { flags: '--quiet', help: 'no progress, notes or hints' },
  { flags: '--debug', help: 'show the stack of a failure' },
]

/** --user. */
export const USER: Option = { flags: '--user <id>', help: 'which user' }
/** --limit. */
export const LIMIT: Option = {
  flags: '-n, --limit <n>',
  help: `how many (default: ${RANGES.limit.usual})`,
  read: inRange('limit'),
}

/** --lang. */
export const LANGUAGE: Option = {
  flags: '--lang <language>',
  help: "language of the reasons, en or zh (default: the catalogue's)",
  read: parseChoice('en', 'zh'),
}

/** --encoder. */
export const ENCODER: Option = {
  flags: '--encoder <name>',
  help: 'a bundled encoder or the directory of one (default: what the store has)',
}

/** --where, which may be repeated. */
export const WHERE: Option = {
  flags: '--where <condition>',
  help: 'only such items: category=Tea, brand!=Acme, price<20, year>=2000 (=, !=, <, <=, >, >=); repeat it for more',
  many: true,
}

/** --map, which may be repeated; its values are pairs of column and field. */
export const MAP: Option = {
  flags: '--map <column=field>',
  help: 'take this column for this field; repeat it for more',
  read: readPair,
  many: true,
}

/** --weights; `readWeights` reads its value. */
export const WEIGHTS: Option = {
  flags: '--weights <preset>',
  help: 'how event kinds count: shop, news, social, ratings, or a FILE.json',
}

/** --dp-epsilon and --dp-delta, of commands that train. */
export const PRIVACY: Option[] = [
  {
    flags: '--dp-epsilon <e>',
    help: 'hide each user in what is learnt, by noise: 1 strictly, 8 loosely',
    read: inRange('dpEpsilon'),
  },
  {
    flags: '--dp-delta <d>',
    help: 'the chance that it fails to (default: 1e-5, or less for many users)',
    read: inRange('dpDelta'),
  },
]
/** --epsilon and --delta, of answers with noise. `where` starts the help text: what the options go with, or give. */
export const privateOptions = (where: string): Option[] => [
  {
    flags: '--epsilon <e>',
    help: `${where}, with noise by which no user can be told, ${RANGES.epsilon.least} to ${RANGES.epsilon.most}, paid for from the budget (privacy --budget)`,
    read: inRange('epsilon'),
  },
  {
    flags: '--delta <d>',
    help: 'with --epsilon: Gaussian noise that fails by so much, such as 1e-6 (default: 0, Laplace noise)',
    read: inRange('delta'),
  },
]

/** Filters and what-ifs of `recommend` and `explain`. */
export const FILTERS: Option[] = [
  { flags: '--exclude <ids>', help: 'leave these items out of the list', many: true },
  WHERE,
  {
    flags: '--diversity <0..1>',
    help: `0: by score alone, 1: as varied as can be (default: ${RANGES.diversity.usual})`,
    read: inRange('diversity'),
  },
  { flags: '--without <ids>', help: 'what if these items were not in the history?', many: true },
  { flags: '--mute <ids>', help: 'what if these interests were muted?', many: true },
  LANGUAGE,
]

/** The values of `FILTERS` and `LIMIT`. */
export interface FilterOptions {
  limit?: number
  exclude?: string[]
  where?: string[]
  diversity?: number
  without?: string[]
  mute?: string[]
  lang?: 'en' | 'zh'
}

/**
 * The value of an option that the command needs. Fails with BAD_OPTION where it is not given; `why` ends the message.
 */
export function requireOption(value: string | undefined, flag: string, why: string): string {
  if (value !== undefined) return value
  throw new CliError('BAD_OPTION', `option ${flag} is missing: ${why}`, { option: flag })
}
