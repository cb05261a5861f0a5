import type { Lists } from '../columns.js'
import { countUpTo } from '../vectors/sorted.js'

/** When each item was liked: row i's times are at[offsets[i]..offsets[i+1]], ms, ascending; undated ones are left out. */
export interface Moments {
  offsets: Uint32Array
  at: Float64Array
  /** Rows whose times changed since they were packed; null where there are none. */
  overlay: Map<number, Float64Array> | null
}

/** `at`: one time for each entry of the histories, NaN unknown. */
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

/** The same times, ready to be changed. */
export function openMoments(moments: Moments): Moments {
  return { ...moments, overlay: new Map(moments.overlay ?? []) }
}

/** Changes opened times, in place, for users who went from `before` to `after`. */
export function changeMoments(moments: Moments, changes: readonly { before: DatedRows; after: DatedRows }[]): void {
  const { overlay } = moments
  if (!overlay) throw new TypeError('these moments are not open for changes')
  const gone = new Map<number, number[]>()
  const come = new Map<number, number[]>()
  const note = (noted: Map<number, number[]>, { rows, at }: DatedRows) => {
    rows.forEach((row, i) => {
      if (Number.isNaN(at[i])) return
      const times = noted.get(row)
      if (times) times.push(at[i])
      else noted.set(row, [at[i]])
    })
  }
  for (const { before, after } of changes) {
    note(gone, before)
    note(come, after)
  }
  // Each row is merged once, however many users changed it.
  for (const row of new Set([...gone.keys(), ...come.keys()])) {
    const added = Float64Array.from(come.get(row) ?? [])
    const left = withoutTimes(momentsAt(moments, row), Float64Array.from(gone.get(row) ?? []).sort())
    const merged = new Float64Array(left.length + added.length)
    merged.set(left)
    merged.set(added, left.length)
    overlay.set(row, merged.sort())
  }
}

/** Ascending times less others, ascending too, each taken away once. */
function withoutTimes(times: Float64Array, others: Float64Array): Float64Array {
  let k = 0
  return times.filter((time) => {
    while (k < others.length && others[k] < time) k++
    if (k === others.length || others[k] !== time) return true
    k++
    return false
  })
}

/** Rows, and when each was liked. */
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

/** How lively an item was at a moment. */
export interface Liveliness {
  /** Likes in the 180 days up to the moment. */
  recent: number
  /** Days since the last like before it, and since the first; NaN where there was none. */
  idle: number
  age: number
}

/** Looks at the past of `now` (ms) only. */
export function tellLiveliness(moments: Moments, row: number, now: number): Liveliness {
  const times = momentsAt(moments, row)
  const until = countUpTo(times, now)
  if (until === 0) return { recent: 0, idle: Number.NaN, age: Number.NaN }
  return {
    recent: until - countUpTo(times, now - RECENT_DAYS * DAY),
    idle: (now - times[until - 1]) / DAY,
    age: (now - times[0]) / DAY,
  }
}
