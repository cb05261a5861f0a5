import type { Lists } from '../columns.js'
import { countUpTo } from '../vectors/sorted.js'

/**
 * When each item was liked: the times of row i are at[offsets[i] .. offsets[i + 1]], in ms, ascending. Undated likes
 * are left out.
 */
export interface Moments {
  offsets: Uint32Array
  at: Float64Array
  /** Row -> its times, for rows that changed since the times were packed; null where they are not open for changes. */
  overlay: Map<number, Float64Array> | null
}

/**
 * Collects the times of each item. `at`: ms, one for each entry of `histories.values`, NaN where unknown; `items`:
 * number of items.
 */
export function countMoments(histories: Lists, at: Float64Array, items: number): Moments {
  const offsets = new Uint32Array(items + 1)
  histories.values.forEach((row, i) => {
    if (!Number.isNaN(at[i])) offsets[row + 1]++
  })
  for (let row = 0; row < items; row++) offsets[row + 1] += offsets[row]
  const cursor = offsets.slice()
  const times = new Float64Array(offsets[items])
  histories.values.forEach((row, i) => {
    if (!Number.isNaN(at[i])) times[cursor[row]++] = at[i]
  })
  for (let row = 0; row < items; row++) times.subarray(offsets[row], offsets[row + 1]).sort()
  return { offsets, at: times, overlay: null }
}

/** A copy of the times that `changeMoments` may change; packed times are shared. */
export function openMoments(moments: Moments): Moments {
  return { ...moments, overlay: new Map(moments.overlay ?? []) }
}

/**
 * Changes opened times, in place, for users whose likes went from `before` to `after`. Equal to collecting all times
 * again. Throws a TypeError where the times are not opened (`openMoments`).
 */
export function changeMoments(moments: Moments, changes: readonly { before: DatedRows; after: DatedRows }[]): void {
  const { overlay } = moments
  if (!overlay) throw new TypeError('these moments are not open for changes')
  const removedTimes = new Map<number, number[]>()
  const addedTimes = new Map<number, number[]>()
  const collectTimes = (noted: Map<number, number[]>, { rows, at }: DatedRows) => {
    rows.forEach((row, i) => {
      if (Number.isNaN(at[i])) return
      const times = noted.get(row)
      if (times) times.push(at[i])
      else noted.set(row, [at[i]])
    })
  }
  for (const { before, after } of changes) {
    collectTimes(removedTimes, before)
    collectTimes(addedTimes, after)
  }
  // Each row is merged once, however many users changed it.
  for (const row of new Set([...removedTimes.keys(), ...addedTimes.keys()])) {
    const added = Float64Array.from(addedTimes.get(row) ?? [])
    const left = withoutTimes(momentsAt(moments, row), Float64Array.from(removedTimes.get(row) ?? []).sort())
    const merged = new Float64Array(left.length + added.length)
    merged.set(left)
    merged.set(added, left.length)
    overlay.set(row, merged.sort())
  }
}

/** Ascending times without others, also ascending, each taken out once. */
function withoutTimes(times: Float64Array, others: Float64Array): Float64Array {
  let k = 0
  return times.filter((time) => {
    while (k < others.length && others[k] < time) k++
    if (k === others.length || others[k] !== time) return true
    k++
    return false
  })
}

/** Catalogue rows of one user, and when each was liked: ms, NaN where unknown. */
export interface DatedRows {
  rows: Int32Array
  at: Float64Array
}

function momentsAt({ offsets, at, overlay }: Moments, row: number): Float64Array {
  const changed = overlay?.get(row)
  if (changed) return changed
  return row + 1 < offsets.length ? at.subarray(offsets[row], offsets[row + 1]) : new Float64Array(0)
}

const DAY = 86_400_000
const RECENT_DAYS = 180

/** How recently an item was liked, seen from one moment. */
export interface Recency {
  /** Number of likes in the 180 days up to the moment. */
  recent: number
  /** Days from the last like to the moment, and from the first; NaN where there was none before it. */
  idle: number
  age: number
}

/** How recently a catalogue row had been liked at `now` (ms). Later likes are not looked at. */
export function tellLiveliness(moments: Moments, row: number, now: number): Recency {
  const times = momentsAt(moments, row)
  const until = countUpTo(times, now)
  if (until === 0) return { recent: 0, idle: Number.NaN, age: Number.NaN }
  return {
    recent: until - countUpTo(times, now - RECENT_DAYS * DAY),
    idle: (now - times[until - 1]) / DAY,
    age: (now - times[0]) / DAY,
  }
}
