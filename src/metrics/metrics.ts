/**
 * How well one question was answered, where exactly one item is relevant. Ranks are counted from 0; Infinity: not
 * found. Hit rate and recall are then the same number, and precision at k is recall at k over k.
 */

/** The list lengths at which results are told. */
export const CUTOFFS = [5, 10, 20] as const

/** Rows that are not to be recommended: 1 in an array over all rows, or true of a predicate. */
export type Excluded = Uint8Array | ((row: number) => boolean)

/**
 * Rank of the target among the scores of all rows. Of rows with equal scores each takes the mean of their places, so a
 * method gains nothing by scoring all alike; such ranks may be halves. A target without a score (NaN, -Infinity) or
 * among the excluded is not found; other rows without a score come after all that have one.
 */
export function rankOf(scores: ArrayLike<number>, target: number, excluded?: Excluded): number {
  const isExcluded = typeof excluded === 'function' ? excluded : (row: number) => excluded?.[row] === 1
  const own = scores[target]
  if (!(own > -Infinity) || isExcluded(target)) return Infinity
  let above = 0
  let equal = 0
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]
    // Most rows lie below the target: only for the others is it worth asking whether they are excluded.
    if (!(score >= own) || row === target || isExcluded(row)) continue
    if (score > own) above++
    else equal++
  }
  return above + equal / 2
}

/** 1 where the target is among the first k, else 0: hit rate, and recall with a single relevant item. */
export function recallAt(rank: number, k: number): number {
  return rank < k ? 1 : 0
}

/** 1 / log2(place + 1) with places counted from 1, 0 beyond k; the ideal list has 1. (Järvelin and Kekäläinen 2002.) */
export function ndcgAt(rank: number, k: number): number {
  return rank < k ? 1 / Math.log2(rank + 2) : 0
}

/** 1 / place, 0 beyond k. Its mean is MRR@k. */
export function reciprocalRankAt(rank: number, k: number): number {
  return rank < k ? 1 / (rank + 1) : 0
}
