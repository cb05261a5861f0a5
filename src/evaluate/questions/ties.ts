import type { History } from '../../columns.js'
import { pickLiked } from '../../mine/history.js'
import { createRandom, type Random, shuffle } from '../../random.js'

/**
 * Histories in which each user's liked items of the same time are shuffled, all columns alike. Where times are whole
 * days, comparing results with and without it shows how much depends on the order in which rows happened to be written.
 * Items without a time keep their places. The same seed gives the same order.
 */
export function shuffleTies(histories: readonly History[], seed: number): History[] {
  const random = createRandom(seed)
  return histories.map((history) => {
    const result = pickLiked(history, shuffledOrder(history.lastAt, random))
    result.seenRows = reorderSeen(history, result.rows)
    return result
  })
}

/** Every run of equal times in a random order; NaN equals nothing. */
function shuffledOrder(at: Float64Array, random: Random): Int32Array {
  const order = Int32Array.from(at.keys())
  for (let start = 0; start < at.length; ) {
    let end = start + 1
    while (end < at.length && at[end] === at[start]) end++
    shuffle(order.subarray(start, end), random)
    start = end
  }
  return order
}

/** `seenRows` stay in order of the latest event: the places of liked items are filled in their new order. */
function reorderSeen(history: History, rows: Int32Array): Int32Array {
  const liked = new Set(history.rows)
  let next = 0
  return history.seenRows.map((row) => (liked.has(row) ? rows[next++] : row))
}
