import { pickLiked, takeFirst } from '../../mine/history.js'
import type { History } from '../../types.js'

/**
 * A history as it stood before its liked item `i`: the liked items before it, and of what was disliked or only seen
 * what comes before it in `seenRows`, which are in order of the latest event. So neither the target, nor anything
 * liked, disliked or seen after it is left in any column.
 */
export function historyBefore(history: History, i: number): History {
  return withSeen(
    takeFirst(history, i),
    history.seenRows.slice(0, Math.max(0, history.seenRows.indexOf(history.rows[i]))),
  )
}

/** The same liked items, and of what was disliked or only seen what is among `seen`. */
function withSeen(liked: History, seen: Int32Array): History {
  const result = { ...liked, seenRows: Int32Array.from(new Set([...seen, ...liked.rows])) }
  const known = new Set(seen)
  const kept = (_: number, i: number) => known.has(liked.dislikedRows[i])
  result.dislikedRows = liked.dislikedRows.filter(kept)
  result.dislikedWeights = liked.dislikedWeights.filter(kept)
  result.dislikedAt = liked.dislikedAt.filter(kept)
  // Dislikes do not say how often; one event each is what is surely known.
  result.total = result.events.reduce((sum, count) => sum + count, 0) + result.dislikedRows.length
  return result
}

/**
 * The liked items whose latest time is before the cut. Dislikes have no time: they are kept as far as a liked item of
 * before the cut comes after them and none of later before them.
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
