import type { History } from '../../columns.js'
import { pickLiked, takeFirst } from '../../mine/history.js'

/**
 * A history as it was before its liked item at position `i`: the liked items before it, and those disliked or only seen
 * items that come before it in `seenRows`, which are in order of the latest event. No column of the result holds that
 * item, or anything liked, disliked or seen after it.
 */
export function historyBefore(history: History, i: number): History {
  return withSeen(
    takeFirst(history, i),
    history.seenRows.slice(0, Math.max(0, history.seenRows.indexOf(history.rows[i]))),
  )
}

/** A history with the same liked items, whose disliked and only seen items are cut to those among `seen`. */
function withSeen(liked: History, seen: Int32Array): History {
  const result = { ...liked, seenRows: Int32Array.from(new Set([...seen, ...liked.rows])) }
  const known = new Set(seen)
  const kept = (_: number, i: number) => known.has(liked.dislikedRows[i])
  result.dislikedRows = liked.dislikedRows.filter(kept)
  result.dislikedWeights = liked.dislikedWeights.filter(kept)
  result.dislikedAt = liked.dislikedAt.filter(kept)
  // A history keeps no number of events of a dislike: at least one is certain.
  result.total = result.events.reduce((sum, count) => sum + count, 0) + result.dislikedRows.length
  return result
}

/**
 * A history as it was before a cut in time (ms since 1970): the liked items whose latest event is before the cut;
 * undated ones are left out. Items that were disliked or only seen are placed by their order in `seenRows`: they are
 * kept where a liked item from before the cut follows them, and no liked item from after the cut precedes them.
 */
export function historyUntil(history: History, cut: number): History {
  const kept = [...history.rows.keys()].filter((i) => history.lastAt[i] < cut)
  const early = new Set(kept.map((i) => history.rows[i]))
  const late = new Set(history.rows.filter((row) => !early.has(row)))
  const firstLate = history.seenRows.findIndex((row) => late.has(row))
  const before = history.seenRows.subarray(0, firstLate < 0 ? undefined : firstLate)
  const seen = before.subarray(0, before.findLastIndex((row) => early.has(row)) + 1)
  return withSeen(pickLiked(history, kept), seen)
}
