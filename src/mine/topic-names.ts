import type { Catalogue } from '../types.js'
import { listAt } from '../vectors/sparse.js'
import { stringAt } from '../vectors/strings.js'
import { isFlagged, type Phrases } from './phrases.js'

/** A tag that so many of a topic's items have may name it. */
const TAG_SHARE = 0.4
/** A phrase must stand in this share of them: topics are broad, titles short. */
const PHRASE_SHARE = 0.08
/** How much commoner than elsewhere a name must be in its topic. */
const LEAST_LIFT = 1.5
const MAX_NAMES = 2

/**
 * Names for topics that were found by clustering: their commonest tags, or the phrases that stand out in them. A topic
 * about which nothing can be said is left out. `known` maps topics to names, -1 for none.
 */
export function nameTopics(
  phrases: Phrases,
  catalogue: Catalogue,
  topics: Int32Array,
  count: number,
): { names: string[]; known: Int32Array } {
  const sizes = new Float64Array(count)
  for (const topic of topics) if (topic >= 0) sizes[topic]++
  const found = countPhrases(phrases, topics, count)
  const names: string[] = []
  const used = new Set<string>()
  const known = Int32Array.from({ length: count }, (_, topic) => {
    const ranked = rankPhrases(phrases, catalogue, found[topic], sizes[topic])
    const name = pickName(phrases, ranked, used)
    if (name === null) return -1
    used.add(name.toLowerCase())
    return names.push(name) - 1
  })
  return { names, known }
}

function countPhrases(phrases: Phrases, topics: Int32Array, count: number): Map<number, number>[] {
  const found = Array.from({ length: count }, () => new Map<number, number>())
  for (let row = 0; row < Math.min(topics.length, phrases.rows); row++) {
    if (topics[row] < 0) continue
    const counts = found[topics[row]]
    for (const phrase of listAt(phrases.postings, row)) counts.set(phrase, (counts.get(phrase) ?? 0) + 1)
  }
  return found
}

function rankPhrases(phrases: Phrases, catalogue: Catalogue, counts: Map<number, number>, size: number): number[] {
  const scored: { phrase: number; score: number }[] = []
  for (const [phrase, count] of counts) {
    const share = count / size
    const lift = share / (phrases.df[phrase] / Math.max(1, catalogue.size))
    const isTag = isFlagged(phrases, phrase, 'category')
    if (isFlagged(phrases, phrase, 'brand') || lift < LEAST_LIFT || count < 2) continue
    if (!isTag && (!isFlagged(phrases, phrase, 'head') || isFlagged(phrases, phrase, 'wide'))) continue
    if (share < (isTag ? TAG_SHARE : PHRASE_SHARE)) continue
    scored.push({ phrase, score: share * Math.log(lift) * (isTag ? 2 : 1) })
  }
  return scored.sort((a, b) => b.score - a.score || a.phrase - b.phrase).map(({ phrase }) => phrase)
}

function pickName(phrases: Phrases, ranked: number[], used: ReadonlySet<string>): string | null {
  const chosen: number[] = []
  for (const phrase of ranked) {
    const words = new Set(listAt(phrases.phraseWords, phrase))
    if (chosen.some((other) => listAt(phrases.phraseWords, other).some((word) => words.has(word)))) continue
    chosen.push(phrase)
    const name = chosen.map((p) => stringAt(phrases.surfaces, p)).join(' · ')
    const shown = name[0].toUpperCase() + name.slice(1)
    const enough = chosen.length >= MAX_NAMES || chosen.length === ranked.length
    if (enough && !used.has(shown.toLowerCase())) return shown
    if (chosen.length > MAX_NAMES) return null
  }
  const name = chosen.map((p) => stringAt(phrases.surfaces, p)).join(' · ')
  return chosen.length > 0 && !used.has(name.toLowerCase()) ? name[0].toUpperCase() + name.slice(1) : null
}
