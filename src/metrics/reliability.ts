/** One bin of scores in a reliability table. */
export interface ReliabilityRow {
  /** Smallest score of the bin. */
  from: number
  /** Largest score of the bin. */
  to: number
  /** Mean score. */
  predicted: number
  /** Share of the bin that were hits. */
  observed: number
  count: number
}

/** How well scores agree, as probabilities, with what happened. */
export interface Reliability {
  /** Bins, lowest scores first. */
  rows: ReliabilityRow[]
  /** Expected calibration error: mean of |predicted - observed| over bins, weighted by count (Naeini et al. 2015). */
  ece: number
}

/**
 * Compares scores (probabilities) with outcomes (`hits`: 0 or 1) in bins of equal mass. Equal scores are never split
 * over two bins, so there may be fewer bins than asked for.
 */
export function reliabilityTable(scores: ArrayLike<number>, hits: ArrayLike<number>, bins = 10): Reliability {
  const n = scores.length
  const sorted = Float64Array.from(scores).sort()
  // Each bin ends with the score at which its share of the sorted scores ends.
  const ends = [...new Set(Array.from({ length: bins }, (_, b) => sorted[Math.ceil(((b + 1) * n) / bins) - 1]))]
  const rows = ends.map(() => ({ from: Infinity, to: -Infinity, predicted: 0, observed: 0, count: 0 }))
  for (let i = 0; i < n; i++) {
    const row = rows[ends.findIndex((end) => scores[i] <= end)]
    row.from = Math.min(row.from, scores[i])
    row.to = Math.max(row.to, scores[i])
    row.predicted += scores[i]
    row.observed += hits[i]
    row.count++
  }
  const filled = rows
    .filter(({ count }) => count > 0)
    .map((row) => ({ ...row, predicted: row.predicted / row.count, observed: row.observed / row.count }))
  const ece = filled.reduce((sum, row) => sum + (row.count / n) * Math.abs(row.predicted - row.observed), 0)
  return { rows: filled, ece }
}

/**
 * Area under the ROC curve: the chance that a hit scores higher than a miss, equal scores counting half (Hanley and
 * McNeil 1982). NaN where there are only hits or only misses.
 */
export function areaUnderCurve(scores: ArrayLike<number>, hits: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  let misses = 0
  let found = 0
  let pairs = 0
  for (let from = 0; from < order.length; ) {
    let [equalHits, equalMisses, to] = [0, 0, from]
    for (; to < order.length && scores[order[to]] === scores[order[from]]; to++) {
      if (hits[order[to]]) equalHits++
      else equalMisses++
    }
    pairs += equalHits * (misses + equalMisses / 2)
    found += equalHits
    misses += equalMisses
    from = to
  }
  return pairs / (found * misses)
}

/** Scores are kept this far from 0 and 1, so that one certain mistake does not make the loss infinite. */
const SUREST = 1e-15

/** Mean of -ln of the probability that was given to what happened, in nats. `hits`: 0 or 1 for each score. */
export function logLoss(scores: ArrayLike<number>, hits: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < scores.length; i++) {
    const p = Math.min(1 - SUREST, Math.max(SUREST, scores[i]))
    sum -= hits[i] ? Math.log(p) : Math.log1p(-p)
  }
  return sum / scores.length
}

/**
 * Log loss, in nats, of predicting the overall share of hits each time: a score that does not beat it tells nothing.
 */
export function constantLogLoss(hits: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < hits.length; i++) sum += hits[i]
  return entropyOf(sum / hits.length)
}

/** Entropy of a yes-or-no event of probability `share`, in nats. */
export function entropyOf(share: number): number {
  if (share === 0 || share === 1) return 0
  return -share * Math.log(share) - (1 - share) * Math.log(1 - share)
}
