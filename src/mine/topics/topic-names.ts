import type { Catalogue } from '../../columns.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt } from '../../vectors/strings.js'
import { holdsPhrase } from '../names/parts.js'
import { lastName } from '../names/paths.js'
import { isFlagged, type Phrases } from '../names/phrases.js'

/**
 * Share of a topic's items that must have a tag (category name) for it to name the topic. Where there is such a tag, no
 * phrase is used.
 */
const TAG_SHARE = 0.2

/**
 * Share, and with LEAST_ITEMS number, of a topic's items that must hold a phrase: topics are broad and titles short.
 */
const PHRASE_SHARE = 0.05
const LEAST_ITEMS = 3
/** Names are added until this share of the items hold one of them. */
const ENOUGH = 0.5
/** A topic has a name only if at least this share of its items hold one of the name's parts. */
export const LEAST_COVERED = 0.2

/** The share of a topic's items that counts as nearly all of them. */
const NEARLY_ALL = 0.8
/** How many times as common a name must be in its topic as in the catalogue. */
const LEAST_LIFT = 1.5
const MAX_NAMES = 3
/** Separates the parts of a name that is made up of several. */
export const NAME_JOINT = ' · '

/**
 * Names topics by their commonest tags, or by phrases that are commoner in them than elsewhere. `topics`: row -> topic
 * (0 .. `count` - 1), -1 for none; `keep` may return a name to keep for a topic. Returns the distinct names, and
 * `known`: topic -> index of its name, -1 where it has none. Topics with the same name share one index.
 */
export function nameTopics(
  phrases: Phrases,
  catalogue: Catalogue,
  topics: Int32Array,
  count: number,
  keep?: (topic: number, rows: number[]) => string | null,
): { names: string[]; known: Int32Array } {
  const rowsOf: number[][] = Array.from({ length: count }, () => [])
  topics.forEach((topic, row) => {
    if (topic >= 0 && row < phrases.rows) rowsOf[topic].push(row)
  })
  const names: string[] = []
  const known = Int32Array.from({ length: count }, (_, topic) => {
    const rows = rowsOf[topic]
    const name = keep?.(topic, rows) ?? nameTopic(phrases, catalogue, rows)
    if (name === null) return -1
    // Topics with the same name become one domain.
    const before = names.findIndex((other) => other.toLowerCase() === name.toLowerCase())
    return before >= 0 ? before : names.push(name) - 1
  })
  return { names, known }
}

/**
 * A name of up to three parts that the rows have in common, joined by NAME_JOINT; null where there is none. `avoid`:
 * lower-case names that are not accepted.
 */
export function nameTopic(
  phrases: Phrases,
  catalogue: Catalogue,
  rows: number[],
  avoid?: ReadonlySet<string>,
): string | null {
  const ranked = rankPhrases(phrases, catalogue, rows)
  if (!avoid) return joinNames(phrases, ranked, rows)
  const wanted = ranked.filter((phrase) => !avoid.has(stringAt(phrases.surfaces, phrase).toLowerCase()))
  // A category that is the finest one of nearly all items says more than the categories above it.
  const finest = wanted.find((phrase) => endsPaths(phrases, catalogue, rows, phrase))
  return joinNames(phrases, finest === undefined ? wanted : [finest], rows)
}

/** Whether nearly all rows have a category of this name, and at least half of these as their finest one. */
function endsPaths(phrases: Phrases, catalogue: Catalogue, rows: number[], phrase: number): boolean {
  if (!isFlagged(phrases, phrase, 'leaf')) return false
  const name = stringAt(phrases.surfaces, phrase).toLowerCase()
  const withName = rows.filter((row) => holdsPhrase(phrases, row, phrase))
  const ending = withName.filter((row) => {
    const last = listAt(catalogue.categories, row).at(-1)
    return last !== undefined && lastName(stringAt(catalogue.categoryNames, last)).toLowerCase() === name
  })
  return withName.length >= NEARLY_ALL * rows.length && 2 * ending.length >= withName.length
}

/** Phrases that may name the rows, best first: by share among the rows times the logarithm of the lift. */
function rankPhrases(phrases: Phrases, catalogue: Catalogue, rows: number[]): number[] {
  const counts = new Map<number, number>()
  for (const row of rows) {
    for (const phrase of listAt(phrases.postings, row)) counts.set(phrase, (counts.get(phrase) ?? 0) + 1)
  }
  const scored: { phrase: number; score: number; isTag: boolean }[] = []
  for (const [phrase, count] of counts) {
    const share = count / rows.length
    const lift = share / (phrases.df[phrase] / Math.max(1, catalogue.size))
    const isTag = isFlagged(phrases, phrase, 'category')
    if (isFlagged(phrases, phrase, 'brand') || lift < LEAST_LIFT || count < 2) continue
    if (!isTag && (!isFlagged(phrases, phrase, 'head') || isFlagged(phrases, phrase, 'wide'))) continue
    if (isTag ? share < TAG_SHARE : share < PHRASE_SHARE || count < LEAST_ITEMS) continue
    scored.push({ phrase, score: share * Math.log(lift), isTag })
  }
  const tags = scored.filter(({ isTag }) => isTag)
  const eligible = tags.length > 0 ? tags : scored
  return eligible.sort((a, b) => b.score - a.score || a.phrase - b.phrase).map(({ phrase }) => phrase)
}

function joinNames(phrases: Phrases, ranked: number[], rows: number[]): string | null {
  const chosen: number[] = []
  let covered = 0
  for (const phrase of ranked) {
    const words = new Set(listAt(phrases.phraseWords, phrase))
    if (chosen.some((other) => listAt(phrases.phraseWords, other).some((word) => words.has(word)))) continue
    chosen.push(phrase)
    covered = rows.filter((row) => listAt(phrases.postings, row).some((p) => chosen.includes(p))).length / rows.length
    if (covered >= ENOUGH || chosen.length === MAX_NAMES) break
  }
  if (covered < LEAST_COVERED) return null
  const name = chosen.map((phrase) => stringAt(phrases.surfaces, phrase)).join(NAME_JOINT)
  return name[0].toUpperCase() + name.slice(1)
}
