import type { History } from '../columns.js'
import type { Trend } from '../types/answers.js'

const DAY = 86_400_000
/** The half-life of recent activity is this share of the user's active span, between the two bounds below. */
const SPAN_SHARE = 0.25
const SHORTEST_HALF_LIFE = DAY
const LONGEST_HALF_LIFE = 90 * DAY
/** Where times are unknown, the half-life is SPAN_SHARE of the history, in items, and at least this many. */
const SHORTEST_ITEMS = 2

/**
 * Ratio of the share of recent activity to the share of all items from which an interest grows, or down to which it
 * fades.
 */
const GROWING = 1.3
const FADING = 0.6
/** An interest without an event for more than this many half-lives fades, whatever the ratio is. */
const SILENT_HALF_LIVES = 4

/**
 * An interest also fades if it had no event for more than this share of the user's active span and for more than
 * SILENT_DAYS (in ms).
 */
const SILENT_SHARE = 0.5
const SILENT_DAYS = 60 * DAY
/** An interest that does not hold the whole history and began within this newest share of the active span is new. */
const NEW_SHARE = 0.2
/** Periods of a timeline at most; there are never more periods than items. */
const PERIODS = 6

/** One of the equal periods that a history's time span is divided into. */
export interface Period {
  /** Start and end in ms; NaN where times are unknown. */
  from: number
  to: number
  /** Items whose latest event falls in the period: of the interest, and of the whole history. */
  items: number
  all: number
}

/**
 * Conditions for "taken in one go": all items of the interest within ONE_GO (in ms), by a user whose active span is at
 * least ACTIVE_SPANS times as long, while at least the share OTHER_TIMES of the user's other items came at other times.
 */
const ONE_GO = 3 * DAY
const ACTIVE_SPANS = 10
const OTHER_TIMES = 0.5

/** Trends of the interests of one history. Positions index the history's rows. */
export interface TrendReader {
  /**
   * How an interest moves: 'fading' after long silence, where times are known; 'new' where it began lately; else by the
   * ratio of its share of recent activity (decayed by half-lives) to its share of all items: 'growing' from 1.3,
   * 'fading' down to .6, 'steady' between.
   */
  trendOf(positions: ArrayLike<number>): Trend
  /** Items of the interest in each of the equal periods of the history, oldest period first. */
  timelineOf(positions: ArrayLike<number>): Period[]
  /**
   * Whether the items were all taken within days, not lately, with most other items of the user at other times. False
   * where times are unknown.
   */
  isOneGo(positions: ArrayLike<number>): boolean
}

/**
 * Prepares the trends of one history up to `now` (ms). Where `now` or any item's latest time is unknown (not finite),
 * positions in the history stand for times.
 */
export function createTrendReader(history: History, now: number): TrendReader {
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
