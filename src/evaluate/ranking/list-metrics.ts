import type { Lists, Vectors } from '../../columns.js'
import { dotRows } from '../../vectors/matrix.js'
import { listAt } from '../../vectors/sparse.js'

/** Metrics of recommended lists other than accuracy. Lists hold distinct rows of the catalogue, best first. */

/** Share of the catalogue's items that at least one list holds, 0..1. */
export function catalogueCoverage(lists: Lists, items: number): number {
  return items > 0 ? new Set(lists.values).size / items : 0
}

/** How often each item is listed, by row. `items`: size of the catalogue. */
export function countExposures(lists: Lists, items: number): Float64Array {
  const exposures = new Float64Array(items)
  for (const row of lists.values) exposures[row]++
  return exposures
}

/**
 * Gini coefficient of non-negative amounts: 0 where all are equal, towards 1 where one has all. Of exposures it
 * measures how much the lists favour few items.
 */
export function giniOf(amounts: Float64Array): number {
  const sorted = amounts.slice().sort()
  let sum = 0
  let ranked = 0
  for (let i = 0; i < sorted.length; i++) {
    sum += sorted[i]
    ranked += (i + 1) * sorted[i]
  }
  if (sum === 0) return 0
  return (2 * ranked) / (sorted.length * sum) - (sorted.length + 1) / sorted.length
}

/**
 * Intra-list diversity: mean of 1 - cosine over all pairs of a list (Ziegler et al. 2005), 0..2. `vectors` are of unit
 * length. NaN for lists of fewer than two items.
 */
export function intraListDiversity(rows: ArrayLike<number>, vectors: Vectors): number {
  let sum = 0
  for (let i = 1; i < rows.length; i++)
    for (let j = 0; j < i; j++) sum += 1 - dotRows(vectors, rows[i], vectors, rows[j])
  return sum / ((rows.length * (rows.length - 1)) / 2)
}

/**
 * Novelty: mean self-information -log2(users(item) / users) in bits (Zhou et al. 2010), 0 for items that everybody
 * has. An item that nobody has counts as if one user had it, which keeps the mean finite. NaN for an empty list.
 */
export function noveltyOf(rows: ArrayLike<number>, usersOfItem: ArrayLike<number>, users: number): number {
  let sum = 0
  for (let i = 0; i < rows.length; i++) sum -= Math.log2(Math.max(1, usersOfItem[rows[i]]) / users)
  return sum / rows.length
}

/**
 * Popularity bias of one list: mean popularity of its items over that of the items of the user's history. 1 keeps the
 * user's own taste for the popular, more raises it (the GAP of Abdollahpouri et al. 2019, as a ratio and per user).
 * NaN where list or history is empty, or nobody has what the history holds.
 */
export function popularityLift(
  rows: ArrayLike<number>,
  history: ArrayLike<number>,
  usersOfItem: ArrayLike<number>,
): number {
  const usual = meanPopularity(history, usersOfItem)
  return usual > 0 ? meanPopularity(rows, usersOfItem) / usual : Number.NaN
}

/** Average recommendation popularity (ARP): mean number of users who have an item of the list. NaN when empty. */
export function meanPopularity(rows: ArrayLike<number>, usersOfItem: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < rows.length; i++) sum += usersOfItem[rows[i]]
  return sum / rows.length
}

/** Share of p that is mixed into q, so that the divergence stays finite (Steck 2018). */
const SMOOTHING = 0.01

/**
 * Miscalibration of a list to a user's interests: KL(p || (1 - a) q + a p) with a = .01, in nats; 0 is calibrated,
 * at most ln 100. (Steck, "Calibrated recommendations", RecSys 2018.) `p` are the interests' shares of the history,
 * `q` their shares of the list's places, both summing to 1 with a last entry for what belongs to none.
 */
export function miscalibration(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < p.length; i++)
    if (p[i] > 0) sum += p[i] * Math.log(p[i] / ((1 - SMOOTHING) * q[i] + SMOOTHING * p[i]))
  return sum
}

/**
 * The share that each interest has of the places of a list, or of the items of a history: `interests` shares, and a
 * last one for what belongs to none. `interestOf` gives the interest of each place or item, -1 for none; `weights` how
 * much each counts (all alike where left out). All shares are 0 where there are no places.
 */
export function sharesOf(interestOf: ArrayLike<number>, interests: number, weights?: ArrayLike<number>): Float64Array {
  const shares = new Float64Array(interests + 1)
  let sum = 0
  for (let i = 0; i < interestOf.length; i++) {
    const weight = weights ? weights[i] : 1
    shares[interestOf[i] < 0 ? interests : interestOf[i]] += weight
    sum += weight
  }
  return sum > 0 ? shares.map((share) => share / sum) : shares
}

/** Applies a metric to each list: one value a list, NaN where the metric is undefined. */
export function forLists(lists: Lists, metric: (rows: Int32Array, list: number) => number): Float64Array {
  return Float64Array.from({ length: lists.offsets.length - 1 }, (_, i) => metric(listAt(lists, i), i))
}
