import type { History } from '../columns.js'
import type { Trend } from '../types/answers.js'

const DAY = 86_400_000
/** The short half-life is this share of the time the user has been known, within bounds. */
const SPAN_SHARE = 0.25
const SHORTEST_HALF_LIFE = DAY
const LONGEST_HALF_LIFE = 90 * DAY
/** Without times, a quarter of the history is the half-life, in items. */
const SHORTEST_ITEMS = 2
const GROWING = 1.3
const FADING = 0.6
/** Half-lives without an event after which an interest fades whatever the others do. */
const SILENT_HALF_LIVES = 4
/** … and so does one that has been silent for more than half of the time the user has been known, and for two months. */
const SILENT_SHARE = 0.5
const SILENT_DAYS = 60 * DAY
/** First met within this share of the time the user has been known, and not all of the history is: new. */
const NEW_SHARE = 0.2
/** A timeline has so many periods at most, and no more than there are items. */
const PERIODS = 6

/** One of the equal periods that a history falls into. */
export interface Period {
  /** Milliseconds; NaN where times are unknown. */
  from: number
  to: number
  /** Items of the interest last taken in it, and those of the whole history. */
  items: number
  all: number
}

/**
 * Taken within so long, by a user who has been active for so many times as long, and most of whose other items came at
 * other times: in one go.
 */
const ONE_GO = 3 * DAY
const ACTIVE_SPANS = 10
const OTHER_TIMES = 0.5

/** When things were taken, for telling how interests of one history move. */
export interface Course {
  /** How an interest moves: its share of what is recent, by half-lives up to now, against its share of all. */
  trendOf(positions: ArrayLike<number>): Trend
  /** The drift of an interest over the whole of the history, oldest period first. */
  timelineOf(positions: ArrayLike<number>): Period[]
  /** Whether all of them were taken in one go, long ago, and nothing of the kind since. False where times are unknown. */
  isOneGo(positions: ArrayLike<number>): boolean
}

/** `now` in ms. Where a time is unknown, positions stand for times. */
export function readCourse(history: History, now: number): Course {
  const n = history.rows.length
  const dated = Number.isFinite(now) && history.lastAt.every((at) => Number.isFinite(at))
  const timeOf = (p: number) => (dated ? history.lastAt[p] : p)
  const startOf = (p: number) => (dated ? Math.min(history.firstAt[p], history.lastAt[p]) || history.lastAt[p] : p)
  const end = dated ? Math.max(now, history.lastAt[n - 1]) : n - 1
  let start = Infinity
  for (let p = 0; p < n; p++) start = Math.min(start, startOf(p))
  const span = end - start
  const halfLife = dated
    ? Math.min(LONGEST_HALF_LIFE, Math.max(SHORTEST_HALF_LIFE, span * SPAN_SHARE))
    : Math.max(SHORTEST_ITEMS, span * SPAN_SHARE)
  const decayed = Float64Array.from({ length: n }, (_, p) => 2 ** (-(end - timeOf(p)) / halfLife))
  const whole = decayed.reduce((sum, value) => sum + value, 0)
  const periods = Math.min(PERIODS, n)
  const periodOf = (p: number) =>
    span > 0 ? Math.min(periods - 1, Math.floor(((timeOf(p) - start) / span) * periods)) : periods - 1
  const all = new Int32Array(periods)
  for (let p = 0; p < n; p++) all[periodOf(p)]++
  const border = (k: number) => (dated ? start + (span * k) / periods : Number.NaN)
  return {
    trendOf(positions) {
      let recent = 0
      let first = Infinity
      let last = -Infinity
      for (let i = 0; i < positions.length; i++) {
        recent += decayed[positions[i]]
        first = Math.min(first, startOf(positions[i]))
        last = Math.max(last, timeOf(positions[i]))
      }
      const silent = end - last
      if (dated && (silent > SILENT_HALF_LIVES * halfLife || (silent > SILENT_SHARE * span && silent > SILENT_DAYS)))
        return 'fading'
      if (span > 0 && positions.length < n && first >= end - NEW_SHARE * span) return 'new'
      const ratio = whole > 0 ? recent / whole / (positions.length / n) : 1
      return ratio >= GROWING ? 'growing' : ratio <= FADING ? 'fading' : 'steady'
    },
    timelineOf(positions) {
      const items = new Int32Array(periods)
      for (let i = 0; i < positions.length; i++) items[periodOf(positions[i])]++
      return Array.from(items, (count, k) => ({ from: border(k), to: border(k + 1), items: count, all: all[k] }))
    },
    isOneGo(positions) {
      const newest = dated ? history.lastAt[n - 1] : start
      if (newest - start < ACTIVE_SPANS * ONE_GO) return false
      let first = Infinity
      let last = -Infinity
      for (let i = 0; i < positions.length; i++) {
        first = Math.min(first, startOf(positions[i]))
        last = Math.max(last, timeOf(positions[i]))
      }
      if (last - first > ONE_GO || last >= newest - NEW_SHARE * (newest - start)) return false
      const besides = history.lastAt.reduce((sum, at) => sum + Number(at < first - ONE_GO || at > last + ONE_GO), 0)
      return besides >= OTHER_TIMES * (n - positions.length)
    },
  }
}
