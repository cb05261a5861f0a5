import { type Gains, type GainTable, groupGain, jointGain, partGain, sharedScale } from './gains.js'

/**
 * Clusters to be merged, given by sums: cluster i has counts[i] items, whose joint rows sum to sums[i * dims .. (i + 1)
 * * dims].
 */
export interface ClusterSums {
  counts: Float64Array
  sums: Float64Array
}

/** The merges that were made, in order. */
export interface Merges {
  /** Merge m joined cluster `from[m]` into cluster `into[m]`, which is the smaller index. */
  into: Int32Array
  from: Int32Array
  /** Number of merges; entries of `into` and `from` beyond it are unused. */
  count: number
  /** Cluster -> the cluster that it is part of at the end. */
  owner: Int32Array
}

/** Order and end of merging. */
export interface MergeRule {
  /** Pairs are ordered by L / h^power, with h = 2 nA nB / (nA + nB), the harmonic mean of their sizes. */
  power: number
  /** Merging ends when the best score is below this, in units of a full-size space (`Gains.scale`). */
  stop: number
  /** Merging ends when this many clusters are left; default 1. */
  leave?: number
}

/**
 * Agglomerative clustering by likelihood ratio: merges the pair with the largest L(A, B) / h^power, where L(A, B) = g(A
 * and B) - g(A) - g(B) and g is the gain of a group (`Gains`), until the rule ends it. Where both clusters have
 * pictures or sounds, the threshold counts these media too (`sharedScale`). Ties go to the smaller indices. Each
 * cluster keeps its best partner, so a merge costs one row of new scores: O(n^2 dims) in all.
 */
export function agglomerate(gains: Gains, clusters: ClusterSums, rule: MergeRule): Merges {
  const n = clusters.counts.length
  const { dims } = gains
  const counts = clusters.counts.slice()
  const sums = clusters.sums.slice()
  const ownGains = Float64Array.from(counts, (count, i) => groupGain(gains, count, sums, i * dims))
  const owner = Int32Array.from({ length: n }, (_, i) => i)
  const alive = Int32Array.from(owner)
  let left = n
  const stop = rule.stop * gains.scale
  const threshold = Number.isFinite(rule.stop) ? -rule.stop : 0
  const scores = new Float64Array(n * n)
  const partner = new Int32Array(n).fill(-1)
  const best = new Float64Array(n).fill(-Infinity)
  const score = (i: number, j: number): number => {
    const a = counts[i]
    const b = counts[j]
    const gain = jointGain(gains, a + b, sums, i * dims, sums, j * dims) - ownGains[i] - ownGains[j]
    const h = (2 * a * b) / (a + b)
    return gain / (rule.power === 0.5 ? Math.sqrt(h) : h ** rule.power) + slack(i, j)
  }
  const isJoint = gains.parts.length > 0
  const slack = (i: number, j: number) =>
    isJoint ? threshold * sharedScale(gains, counts[i], sums, i * dims, counts[j], sums, j * dims) : 0
  const scorePair = pairScores(gains, sums, ownGains)
  const offer = (i: number, j: number, value: number): void => {
    if (value > best[i] || (value === best[i] && j < partner[i])) {
      best[i] = value
      partner[i] = j
    }
  }
  const rescan = (i: number): void => {
    best[i] = -Infinity
    partner[i] = -1
    for (let p = 0; p < left; p++) if (alive[p] !== i) offer(i, alive[p], scores[i * n + alive[p]])
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const value = counts[i] === 1 && counts[j] === 1 ? scorePair(i, j) + slack(i, j) : score(i, j)
      scores[i * n + j] = value
      scores[j * n + i] = value
      offer(i, j, value)
      offer(j, i, value)
    }
  }
  const into = new Int32Array(Math.max(0, n - 1))
  const from = new Int32Array(Math.max(0, n - 1))
  let count = 0
  const leave = Math.max(1, rule.leave ?? 1)
  while (left > leave) {
    let a = -1
    for (let p = 0; p < left; p++) if (a < 0 || best[alive[p]] > best[a]) a = alive[p]
    if (!(best[a] >= stop)) break
    const keep = Math.min(a, partner[a])
    const gone = Math.max(a, partner[a])
    into[count] = keep
    from[count++] = gone
    for (let d = 0; d < dims; d++) sums[keep * dims + d] += sums[gone * dims + d]
    counts[keep] += counts[gone]
    ownGains[keep] = groupGain(gains, counts[keep], sums, keep * dims)
    for (let i = 0; i < n; i++) if (owner[i] === gone) owner[i] = keep
    alive.copyWithin(alive.indexOf(gone), alive.indexOf(gone) + 1, left)
    left--
    best[keep] = -Infinity
    partner[keep] = -1
    for (let p = 0; p < left; p++) {
      const other = alive[p]
      if (other === keep) continue
      const value = score(keep, other)
      scores[keep * n + other] = value
      scores[other * n + keep] = value
      offer(keep, other, value)
    }
    for (let p = 0; p < left; p++) {
      const other = alive[p]
      if (other === keep) continue
      if (partner[other] === keep || partner[other] === gone) rescan(other)
      else offer(other, keep, scores[other * n + keep])
    }
  }
  return { into, from, count, owner }
}

/**
 * Scores of pairs of single items (h = 1). This is half of all work, so squares are expanded and the rest becomes dot
 * products.
 */
function pairScores(gains: Gains, sums: Float64Array, own: Float64Array): (i: number, j: number) => number {
  const ofText = tablePairs(gains.table(2), sums, gains.dims, 0)
  if (gains.parts.length === 0) return (i, j) => ofText(i, j) - own[i] - own[j]
  const ofParts = gains.parts.map((part) => {
    const both = tablePairs(part.table(2), sums, gains.dims, part.from)
    const alone = own.map((_, i) => partGain(part, sums, i * gains.dims))
    const has = own.map((_, i) => sums[i * gains.dims + part.count])
    // Where only one of the two has the medium, its gain alone is added, so that it cancels against its own gain.
    return (i: number, j: number) => (has[i] + has[j] > 1 ? both(i, j) : alone[i] + alone[j])
  })
  return (i, j) => ofParts.reduce((sum, ofPart) => sum + ofPart(i, j), ofText(i, j)) - own[i] - own[j]
}

/** g of every pair of single items by one table, whose axes begin at `from` in each row of width `width`. */
function tablePairs(
  { constant, factors }: GainTable,
  sums: Float64Array,
  width: number,
  from: number,
): (i: number, j: number) => number {
  const dims = factors.length
  const items = sums.length / width
  const scaled = new Float64Array(items * dims)
  const squares = new Float64Array(items)
  const roots = factors.map((factor) => Math.sqrt(factor))
  for (let i = 0; i < items; i++) {
    for (let d = 0, at = i * dims; d < dims; d++) {
      scaled[at + d] = sums[i * width + from + d] * roots[d]
      squares[i] += scaled[at + d] * scaled[at + d]
    }
  }
  return (i, j) => {
    const a = i * dims
    const b = j * dims
    let even = 0
    let odd = 0
    let d = 0
    for (; d + 1 < dims; d += 2) {
      even += scaled[a + d] * scaled[b + d]
      odd += scaled[a + d + 1] * scaled[b + d + 1]
    }
    if (d < dims) even += scaled[a + d] * scaled[b + d]
    return constant + squares[i] + squares[j] + 2 * (even + odd)
  }
}
