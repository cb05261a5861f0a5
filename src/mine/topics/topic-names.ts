import type { Catalogue } from '../../columns.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt } from '../../vectors/strings.js'
import { holdsPhrase } from '../names/parts.js'
import { lastName } from '../names/paths.js'
import { isFlagged, type Phrases } from '../names/phrases.js'

/** A tag that so many of a topic's items have may name it; where there are such tags, no phrase does. */
const TAG_SHARE = 0.2
/** A phrase must stand in this share of them: topics are broad, titles short. */
const PHRASE_SHARE = 0.05
const LEAST_ITEMS = 3
/** Names are added until so many items hold one of them; with fewer than the least the topic has no name. */
const ENOUGH = 0.5
export const LEAST_COVERED = 0.2
/** So much of a topic is nearly all of it. */
const NEARLY_ALL = 0.8
/** How much commoner than elsewhere a name must be in its topic. */
const LEAST_LIFT = 1.5
const MAX_NAMES = 3
/** Stands between the names that make up one. */
export const NAME_JOINT = ' · '

/**
 * Names for topics that were found by clustering: their commonest tags, or the phrases that stand out in them. A topic
 * about which nothing can be said is left out. `known` maps topics to names, -1 for none; `keep` gives a name to keep.
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
    // Topics of one name are one domain.
    const before = names.findIndex((other) => other.toLowerCase() === name.toLowerCase())
    return before >= 0 ? before : names.push(name) - 1
  })
  return { names, known }
}

/** What the rows have in common, in up to three names; null where nothing can be said. `avoid`: names, lower case. */
export function nameTopic(
  phrases: Phrases,
  catalogue: Catalogue,
  rows: number[],
  avoid?: ReadonlySet<string>,
): string | null {
  const ranked = rankPhrases(phrases, catalogue, rows)
  if (!avoid) return joinNames(phrases, ranked, rows)
  const wanted = ranked.filter((phrase) => !avoid.has(stringAt(phrases.surfaces, phrase).toLowerCase()))
  // The category that nearly all are filed under in the end says more than those that lie above it.
  const finest = wanted.find((phrase) => endsPaths(phrases, catalogue, rows, phrase))
  return joinNames(phrases, finest === undefined ? wanted : [finest], rows)
}

/** Whether nearly all rows bear a name, and most of these as their last category. */
function endsPaths(phrases: Phrases, catalogue: Catalogue, rows: number[], phrase: number): boolean {
  if (!isFlagged(phrases, phrase, 'leaf')) return false
  const name = stringAt(phrases.surfaces, phrase).toLowerCase()
  const bearing = rows.filter((row) => holdsPhrase(phrases, row, phrase))
  const ending = bearing.filter((row) => {
    const last = listAt(catalogue.categories, row).at(-1)
    return last !== undefined && lastName(stringAt(catalogue.categoryNames, last)).toLowerCase() === name
  })
  return bearing.length >= NEARLY_ALL * rows.length && 2 * ending.length >= bearing.length
}

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
