import type { Matrix, Space } from '../../columns.js'
import { gatherRows } from '../../vectors/matrix.js'
import { agglomerate, type ClusterSums } from './agglomerate.js'
import { type Gains, gainsOf, groupGain, jointGain, STRAY_GAIN, sharedScale } from './gains.js'

export { joinGain } from './gains.js'

/** Clusters of a history, as positions in it. Clusters are in the order of their first positions. */
export interface HistoryClusters {
  /** At least two positions each, ascending. */
  clusters: Int32Array[]
  /** Positions in no cluster, ascending. */
  strays: Int32Array
}

/** Options of `clusterHistory`. Thresholds are in units of a full-size space (`Gains.scale`). */
export interface ClusterRule {
  /** Merging ends below this score; default MERGE_STOP. */
  stop?: number
  /** An item that gains less than this from every cluster is a stray; default STRAY_GAIN. */
  stray?: number
  /** Histories of more items than this are first reduced to micro-clusters; default EXACT_ITEMS. */
  exactItems?: number
  /** Merges the micro-clusters of a long history; default `agglomerate`, else a cached form of it. */
  merge?: typeof agglomerate
}

/** Binary tree of the merges that built a cluster; `parts` are what its last merge joined, null for a single item. */
export interface MergeTree {
  positions: Int32Array
  parts: [MergeTree, MergeTree] | null
}

/** Score below which merging ends; chosen on personas with planted interests. */
export const MERGE_STOP = -13
const MERGE_POWER = 0.5
/** Merge trees order merges by gain per item, which gives parts of more even size. */
const SPLIT_POWER = 1
const SWEEPS = 3
/** Sweeps in long histories, where the first sweep does nearly all that three do. */
const LONG_SWEEPS = 1
/** Histories of up to this many distinct items are clustered without micro-clusters. */
export const EXACT_ITEMS = 300

/** Longer histories are read in order. Whenever this many groups are open, they are merged down to POOL_KEPT. */
const POOL_SIZE = 160
const POOL_KEPT = 60

/**
 * Clusters the items of one history. `z`: its distinct items, oldest first, one row each (`gatherJoint`). The number of
 * clusters follows from the data, and any item may be a stray. Items are merged (`agglomerate`), then moved to better
 * clusters in a few sweeps. Pure; for histories of more than EXACT_ITEMS items the result depends on their order.
 */
export function clusterHistory(space: Space, z: Matrix, rule: ClusterRule = {}): HistoryClusters {
  const gains = gainsOf(space)
  const n = z.rows
  const { stop = MERGE_STOP, stray = STRAY_GAIN, exactItems = EXACT_ITEMS } = rule
  const points = new Float64Array(z.data)
  const labels =
    n <= exactItems
      ? agglomerate(gains, singleClusters(points, n), { power: MERGE_POWER, stop }).owner
      : mergeInOrder(gains, points, n, stop, rule.merge ?? agglomerate)
  refine(gains, points, labels, stray, n <= exactItems ? SWEEPS : LONG_SWEEPS)
  return collectClusters(labels)
}

/**
 * The tree of merges of the items at `positions` of z (rows of `gatherJoint`); its root's parts are what the last merge
 * joined. `positions` must not be empty.
 */
export function buildMergeTree(space: Space, z: Matrix, positions: Int32Array): MergeTree {
  // A very large cluster is halved by position first, which is cheap; only the top of its tree is ever read.
  if (positions.length > EXACT_ITEMS) {
    const half = positions.length >> 1
    return {
      positions,
      parts: [buildMergeTree(space, z, positions.slice(0, half)), buildMergeTree(space, z, positions.slice(half))],
    }
  }
  const gains = gainsOf(space)
  const items = singleClusters(new Float64Array(gatherRows(z, positions).data), positions.length)
  const { into, from, count } = agglomerate(gains, items, { power: SPLIT_POWER, stop: -Infinity })
  const trees: MergeTree[] = Array.from(positions, (p) => ({ positions: Int32Array.of(p), parts: null }))
  for (let m = 0; m < count; m++) {
    const parts: [MergeTree, MergeTree] = [trees[into[m]], trees[from[m]]]
    const joined = new Int32Array(parts[0].positions.length + parts[1].positions.length)
    joined.set(parts[0].positions)
    joined.set(parts[1].positions, parts[0].positions.length)
    trees[into[m]] = { positions: joined.sort(), parts }
  }
  return trees[0]
}

/** Each of n rows as a cluster of its own. */
function singleClusters(z: Float64Array, n: number): ClusterSums {
  return { counts: new Float64Array(n).fill(1), sums: z }
}

/**
 * Clusters a long history by way of micro-clusters; returns the label of each item. Items join a pool of open groups in
 * order. A full pool is merged; if it is still too large, the oldest single items leave it (`refine` may still move
 * them into a cluster), then the oldest groups as they are.
 */
function mergeInOrder(
  gains: Gains,
  z: Float64Array,
  n: number,
  stop: number,
  mergeClusters: typeof agglomerate,
): Int32Array {
  const { dims } = gains
  const labels = Int32Array.from({ length: n }, (_, i) => i)
  const counts = new Float64Array(n).fill(1)
  const sums = z.slice()
  let pool: number[] = []
  const merge = (leave: number): void => {
    const groups: ClusterSums = { counts: new Float64Array(pool.length), sums: new Float64Array(pool.length * dims) }
    for (const [i, label] of pool.entries()) {
      groups.counts[i] = counts[label]
      groups.sums.set(sums.subarray(label * dims, (label + 1) * dims), i * dims)
    }
    const { into, from, count } = mergeClusters(gains, groups, { power: MERGE_POWER, stop, leave })
    const gone = new Set<number>()
    for (let m = 0; m < count; m++) {
      const keep = pool[into[m]]
      const lost = pool[from[m]]
      labels[lost] = keep
      counts[keep] += counts[lost]
      for (let d = 0; d < dims; d++) sums[keep * dims + d] += sums[lost * dims + d]
      gone.add(lost)
    }
    pool = pool.filter((label) => !gone.has(label))
  }
  for (let i = 0; i < n; i++) {
    pool.push(i)
    if (pool.length < POOL_SIZE) continue
    merge(POOL_KEPT)
    if (pool.length > POOL_KEPT) {
      const singles = new Set(pool.filter((label) => counts[label] === 1).slice(0, pool.length - POOL_KEPT))
      pool = pool.filter((label) => !singles.has(label)).slice(-POOL_KEPT)
    }
  }
  merge(1)
  for (let i = 0; i < n; i++) labels[i] = rootOf(labels, i)
  return labels
}

function rootOf(labels: Int32Array, i: number): number {
  let root = i
  while (labels[root] !== root) root = labels[root]
  return root
}

/**
 * Moves each item, in order, to the cluster that gains most from it, among clusters with two or more other items. Where
 * no gain reaches `stray`, an item of a cluster of three or more becomes a stray. At most `sweeps` times over all
 * items.
 */
function refine(gains: Gains, z: Float64Array, labels: Int32Array, stray: number, sweeps: number): void {
  const { dims } = gains
  const n = labels.length
  const groups = new Map<number, { n: number; sum: Float64Array; gain: number }>()
  for (let i = 0; i < n; i++) {
    const group = groups.get(labels[i]) ?? { n: 0, sum: new Float64Array(dims), gain: 0 }
    groups.set(labels[i], group)
    group.n++
    for (let d = 0; d < dims; d++) group.sum[d] += z[i * dims + d]
  }
  const updateGain = (group: { n: number; sum: Float64Array; gain: number }): void => {
    group.gain = group.n > 0 ? groupGain(gains, group.n, group.sum) : 0
  }
  for (const group of groups.values()) updateGain(group)
  const alone = Float64Array.from({ length: n }, (_, i) => groupGain(gains, 1, z, i * dims))
  let fresh = n
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let moved = false
    for (let i = 0; i < n; i++) {
      const from = i * dims
      const own = groups.get(labels[i])!
      let best = -Infinity
      let to = -1
      let choices = 0
      for (const [label, group] of groups) {
        const isOwn = group === own
        if (group.n - (isOwn ? 1 : 0) < 2) continue
        choices++
        const gain =
          (isOwn
            ? group.gain - jointGain(gains, group.n - 1, group.sum, 0, z, from, -1)
            : jointGain(gains, group.n + 1, group.sum, 0, z, from) - group.gain) -
          stray * sharedScale(gains, group.n, group.sum, 0, 1, z, from)
        if (gain > best || (gain === best && label < to)) {
          best = gain
          to = label
        }
      }
      if (choices === 0) continue
      if (best - alone[i] < stray * gains.scale) {
        if (own.n < 3) continue
        to = fresh++
        groups.set(to, { n: 0, sum: new Float64Array(dims), gain: 0 })
      }
      if (to === labels[i]) continue
      moved = true
      const target = groups.get(to)!
      for (let d = 0; d < dims; d++) {
        own.sum[d] -= z[from + d]
        target.sum[d] += z[from + d]
      }
      own.n--
      target.n++
      updateGain(own)
      updateGain(target)
      if (own.n === 0) groups.delete(labels[i])
      labels[i] = to
    }
    if (!moved) break
  }
}

function collectClusters(labels: Int32Array): HistoryClusters {
  const members = new Map<number, number[]>()
  for (let i = 0; i < labels.length; i++) {
    const list = members.get(labels[i])
    if (list) list.push(i)
    else members.set(labels[i], [i])
  }
  const lists = [...members.values()]
  return {
    clusters: lists.filter((list) => list.length > 1).map((list) => Int32Array.from(list)),
    strays: Int32Array.from(lists.filter((list) => list.length === 1).map((list) => list[0])),
  }
}
