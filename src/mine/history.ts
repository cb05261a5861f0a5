import type { History, UserEvents } from '../columns.js'

/**
 * Events of one user with the weight and polarity of each (`weighEvent` in `src/ingest/weights.ts`), one entry an
 * event.
 */
export interface WeighedEvents extends UserEvents {
  weights: Float64Array
  polarities: Polarity[]
}

/**
 * What an event says of its item. Explicit: the user said so (a rating, a like, a dislike); implicit: it follows from
 * what the user did; weak: neither for nor against (a middling rating, or an item that was only shown).
 */
export type Polarity = 'explicit-positive' | 'implicit-positive' | 'explicit-negative' | 'implicit-negative' | 'weak'

/** Weight of an item whose latest explicit signal is neither positive nor negative (2 < rating < 4). */
const WEAK_WEIGHT = 0.3

/** Counts of one user's events on one item. */
interface ItemTally {
  row: number
  /** Number of events on the item. */
  n: number
  /** Largest weight of a positive event; 0 where there is none. */
  best: number
  positives: number
  explicitPositive: number
  implicitPositive: number
  explicitNegative: number
  implicitNegative: number
  /** The latest explicit signal; null where the user gave none. */
  latestExplicit: 'yes' | 'no' | 'weak' | null
  firstAt: number
  lastAt: number
}

/**
 * Positions of a user's events in order of time. `at`: times in ms in order of arrival, NaN where unknown. Equal times
 * stay in order of arrival, and an undated event has the time of the event that arrived before it.
 */
export function orderEvents(at: Float64Array): Int32Array {
  const effective = new Float64Array(at.length)
  let previous = -Infinity
  for (let i = 0; i < at.length; i++) {
    previous = Number.isNaN(at[i]) ? previous : at[i]
    effective[i] = previous
  }
  return Int32Array.from(at.keys()).sort((a, b) =>
    effective[a] === effective[b] ? a - b : effective[a] - effective[b],
  )
}

/**
 * Folds a user's events, given in order of time, into distinct items in the order of each item's latest event. The
 * weight of a liked item is that of its best positive event (kind x dwell x rating) times log2(1 + number of positive
 * events), so that repetition saturates. The latest explicit signal decides whether an item is liked; a weak one counts
 * as liked, with weight WEAK_WEIGHT. Without an explicit signal, an item is liked if it has an implicit positive event
 * and at least as many of these as implicit negative ones.
 */
export function foldHistory(events: WeighedEvents): History {
  const tallies = new Map<number, ItemTally>()
  for (let i = 0; i < events.rows.length; i++) {
    const row = events.rows[i]
    let item = tallies.get(row)
    if (item) tallies.delete(row)
    else {
      item = {
        row,
        n: 0,
        best: 0,
        positives: 0,
        explicitPositive: 0,
        implicitPositive: 0,
        explicitNegative: 0,
        implicitNegative: 0,
        latestExplicit: null,
        firstAt: events.at[i],
        lastAt: Number.NaN,
      }
    }
    // Re-inserting keeps the map in order of the latest event.
    tallies.set(row, item)
    countEvent(item, events, i)
  }
  const all = [...tallies.values()]
  const liked = all.filter(isLiked)
  const disliked = all.filter((item) => !isLiked(item) && item.explicitNegative + item.implicitNegative > 0)
  const ints = (pick: (item: ItemTally) => number) => Int32Array.from(liked, pick)
  return {
    rows: ints((item) => item.row),
    weights: Float64Array.from(liked, weightOf),
    lastAt: Float64Array.from(liked, (item) => item.lastAt),
    firstAt: Float64Array.from(liked, (item) => item.firstAt),
    events: ints((item) => item.n),
    explicitPositive: ints((item) => item.explicitPositive),
    implicitPositive: ints((item) => item.implicitPositive),
    explicitNegative: ints((item) => item.explicitNegative),
    implicitNegative: ints((item) => item.implicitNegative),
    strong: Uint8Array.from(liked, (item) => (item.latestExplicit === 'weak' ? 0 : 1)),
    dislikedRows: Int32Array.from(disliked, (item) => item.row),
    dislikedWeights: Float64Array.from(disliked, (item) => (item.explicitNegative > 0 ? 1 : 0.5)),
    dislikedAt: Float64Array.from(disliked, (item) => item.lastAt),
    seenRows: Int32Array.from(all, (item) => item.row),
    total: events.rows.length,
  }
}

function countEvent(item: ItemTally, events: WeighedEvents, i: number): void {
  if (!Number.isNaN(events.at[i])) {
    item.lastAt = events.at[i]
    if (Number.isNaN(item.firstAt)) item.firstAt = events.at[i]
  }
  const polarity = events.polarities[i]
  item.n++
  if (polarity === 'explicit-positive') item.explicitPositive++
  else if (polarity === 'explicit-negative') item.explicitNegative++
  else if (polarity === 'implicit-negative') item.implicitNegative++
  else if (polarity === 'implicit-positive') item.implicitPositive++
  if (polarity === 'explicit-positive') item.latestExplicit = 'yes'
  else if (polarity === 'explicit-negative') item.latestExplicit = 'no'
  // A middling rating is an explicit signal; an item that was only shown (no value) is not.
  else if (polarity === 'weak' && !Number.isNaN(events.values[i])) item.latestExplicit = 'weak'
  if (polarity === 'explicit-positive' || polarity === 'implicit-positive') {
    item.positives++
    item.best = Math.max(item.best, events.weights[i])
  }
}

function isLiked(item: ItemTally): boolean {
  if (item.latestExplicit !== null) return item.latestExplicit !== 'no'
  return item.implicitPositive > 0 && item.implicitPositive >= item.implicitNegative
}

function weightOf(item: ItemTally): number {
  if (item.latestExplicit === 'weak') return WEAK_WEIGHT
  return Math.max(item.best, 1e-3) * Math.log2(1 + Math.max(1, item.positives))
}

/** Names of the `History` columns that have one entry for each liked item. */
export const LIKED_COLUMNS = [
  'rows',
  'weights',
  'lastAt',
  'firstAt',
  'events',
  'explicitPositive',
  'implicitPositive',
  'explicitNegative',
  'implicitNegative',
  'strong',
] as const

/** A copy of the history with only its `n` oldest liked items. Seen and disliked items stay. */
export function takeFirst(history: History, n: number): History {
  const result = { ...history }
  for (const column of LIKED_COLUMNS) result[column] = history[column].slice(0, n) as never
  return result
}

/** A copy of the history with only the liked items at `positions`, in that order. Seen and disliked items stay. */
export function pickLiked(history: History, positions: ArrayLike<number>): History {
  const result = { ...history }
  for (const column of LIKED_COLUMNS) {
    const values = history[column]
    const picked = new (values.constructor as Int32ArrayConstructor)(positions.length)
    for (let i = 0; i < positions.length; i++) picked[i] = values[positions[i]]
    result[column] = picked as never
  }
  return result
}

/**
 * A copy of the history without some catalogue rows, among liked and disliked items alike. They stay among the seen
 * items, so that they are not recommended. Returns the same object where none of the rows is in the history.
 */
export function leaveOut(history: History, rows: ReadonlySet<number>): History {
  const kept: number[] = []
  for (let i = 0; i < history.rows.length; i++) if (!rows.has(history.rows[i])) kept.push(i)
  if (kept.length === history.rows.length && !history.dislikedRows.some((row) => rows.has(row))) return history
  const result = pickLiked(history, kept)
  const negatives = [...history.dislikedRows.keys()].filter((i) => !rows.has(history.dislikedRows[i]))
  result.dislikedRows = Int32Array.from(negatives, (i) => history.dislikedRows[i])
  result.dislikedWeights = Float64Array.from(negatives, (i) => history.dislikedWeights[i])
  result.dislikedAt = Float64Array.from(negatives, (i) => history.dislikedAt[i])
  return result
}

/**
 * A history made of catalogue rows alone, oldest first, as for a guest: one implicit positive event of weight 1 each,
 * without times.
 */
export function plainHistory(rows: ArrayLike<number>): History {
  const n = rows.length
  const at = new Float64Array(n).fill(Number.NaN)
  return foldHistory({
    rows: Int32Array.from(rows),
    types: Array(n).fill('view'),
    at,
    values: at,
    dwells: at,
    weights: new Float64Array(n).fill(1),
    polarities: Array<Polarity>(n).fill('implicit-positive'),
  })
}
