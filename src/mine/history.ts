import type { History, UserEvents } from '../columns.js'

/** How each event counts, beside its columns; see `weighEvent`. */
export interface WeighedEvents extends UserEvents {
  weights: Float64Array
  polarities: Polarity[]
}

export type Polarity = 'explicit-positive' | 'implicit-positive' | 'explicit-negative' | 'implicit-negative' | 'weak'

/** Weight of an item of which the user said neither yes nor no (2 < rating < 4). */
const WEAK_WEIGHT = 0.3

interface Touched {
  row: number
  /** Events on it. */
  n: number
  best: number
  positives: number
  explicitPositive: number
  implicitPositive: number
  explicitNegative: number
  implicitNegative: number
  /** The user's latest word on it, null where nothing was said in so many words. */
  said: 'yes' | 'no' | 'weak' | null
  firstAt: number
  lastAt: number
}

/**
 * Orders events by time, ties and undated ones in arrival order: an undated event stands where its predecessor stands.
 * Returns positions.
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
 * Folds a user's events (in order of time) into distinct items at their latest event. An item's weight is its best
 * positive event (kind x dwell x rating) times log2(1 + number of positive events), so repetition saturates. The
 * latest explicit word decides whether an item is liked; without one, more positive than negative events do.
 */
export function foldHistory(events: WeighedEvents): History {
  const touched = new Map<number, Touched>()
  for (let i = 0; i < events.rows.length; i++) {
    const row = events.rows[i]
    let item = touched.get(row)
    if (item) touched.delete(row)
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
        said: null,
        firstAt: events.at[i],
        lastAt: Number.NaN,
      }
    }
    // Re-inserting keeps the map in order of the latest event.
    touched.set(row, item)
    countEvent(item, events, i)
  }
  const all = [...touched.values()]
  const liked = all.filter(isLiked)
  const disliked = all.filter((item) => !isLiked(item) && item.explicitNegative + item.implicitNegative > 0)
  const ints = (pick: (item: Touched) => number) => Int32Array.from(liked, pick)
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
    strong: Uint8Array.from(liked, (item) => (item.said === 'weak' ? 0 : 1)),
    dislikedRows: Int32Array.from(disliked, (item) => item.row),
    dislikedWeights: Float64Array.from(disliked, (item) => (item.explicitNegative > 0 ? 1 : 0.5)),
    dislikedAt: Float64Array.from(disliked, (item) => item.lastAt),
    seenRows: Int32Array.from(all, (item) => item.row),
    total: events.rows.length,
  }
}

function countEvent(item: Touched, events: WeighedEvents, i: number): void {
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
  if (polarity === 'explicit-positive') item.said = 'yes'
  else if (polarity === 'explicit-negative') item.said = 'no'
  // A middling rating is a word; to have been shown something is none.
  else if (polarity === 'weak' && !Number.isNaN(events.values[i])) item.said = 'weak'
  if (polarity === 'explicit-positive' || polarity === 'implicit-positive') {
    item.positives++
    item.best = Math.max(item.best, events.weights[i])
  }
}

function isLiked(item: Touched): boolean {
  if (item.said !== null) return item.said !== 'no'
  return item.implicitPositive > 0 && item.implicitPositive >= item.implicitNegative
}

function weightOf(item: Touched): number {
  if (item.said === 'weak') return WEAK_WEIGHT
  return Math.max(item.best, 1e-3) * Math.log2(1 + Math.max(1, item.positives))
}

/** Columns with one entry a liked item. */
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

/** The same history with only its first `n` liked items, oldest first; what was seen or disliked stays. */
export function takeFirst(history: History, n: number): History {
  const result = { ...history }
  for (const column of LIKED_COLUMNS) result[column] = history[column].slice(0, n) as never
  return result
}

/** The same history with its liked items at `positions`, in that order; what was seen or disliked stays. */
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

/** The same history without some rows; they stay among the seen. */
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

/** A history of items without times, each seen once: what a guest brings. Oldest first. */
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
