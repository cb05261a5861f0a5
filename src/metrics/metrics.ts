/**
 * How well one question was answered, where exactly one item is relevant. Ranks are counted from 0; Infinity: not
 * found. Hit rate and recall are then the same number, and precision at k is recall at k over k.
 */

/** List lengths k at which metrics are reported. */
export const CUTOFFS = [5, 10, 20] as const

/** Rows that may not be recommended: an array over all rows that holds 1 for each of them, or a predicate. */
export type Excluded = Uint8Array | ((row: number) => boolean)

/**
 * Rank of the target among the scores of all rows, from 0. Rows with equal scores each take the mean of their places,
 * so a method gains nothing by scoring all alike; such ranks may be halves. Infinity where the target has no score
 * (NaN, -Infinity) or is excluded. Other rows without a score come after all that have one.
 */
export function rankOf(scores: ArrayLike<number>, target: number, excluded?: Excluded): number {
  const isExcluded = typeof excluded === 'function' ? excluded : (row: number) => excluded?.[row] === 1
  const own = scores[target]
  if (!(own > -Infinity) || isExcluded(target)) return Infinity
  let above = 0
  let equal = 0
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]
    // Most rows score below the target; whether they are excluded does not matter then.
    if (!(score >= own) || row === target || isExcluded(row)) continue
    if (score > own) above++
    else equal++
  }
  return above + equal / 2
}

/**
 * 1 where the target is among the first k, else 0: hit rate, and recall with a single relevant item. `rank` counts from
 * 0.
 */
export function recallAt(rank: number, k: number): number {
  return rank < k ? 1 : 0
}

/**
 * NDCG at k of one question: 1 / log2(rank + 2), with `rank` from 0, and 0 beyond k. The ideal list has 1 (Järvelin and
 * Kekäläinen 2002).
 */
export function ndcgAt(rank: number, k: number): number {
  return rank < k ? 1 / Math.log2(rank + 2) : 0
}

/** 1 / (rank + 1), with `rank` from 0, and 0 beyond k. Its mean over questions is MRR@k (Voorhees 1999). */
export function reciprocalRankAt(rank: number, k: number): number {
  return rank < k ? 1 / (rank + 1) : 0
}
