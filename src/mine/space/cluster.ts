import type { Matrix, Space } from '../../columns.js'
import { gatherRows } from '../../vectors/matrix.js'
import { agglomerate, type Units } from './agglomerate.js'
import { type Gains, gainsOf, groupGain, jointGain, STRAY_GAIN, sharedScale } from './gains.js'

export { joinGain } from './gains.js'

/** Positions in a history, by cluster; clusters in order of their first position. */
export interface HistoryClusters {
  /** At least two positions each, ascending. */
  clusters: Int32Array[]
  /** Positions that fit no cluster, ascending. */
  strays: Int32Array
}

/** Thresholds in the units of a full-size space (see `Gains.scale`). */
export interface ClusterRule {
  stop?: number
  stray?: number
  /** Longer histories start from micro-clusters. */
  exactItems?: number
  /** How the micro-clusters of a longer one are merged: `agglomerate`, or what remembers it. */
  merge?: typeof agglomerate
}

/** A cluster taken apart: how its items were put together, last merge first. */
export interface MergeTree {
  positions: Int32Array
  parts: [MergeTree, MergeTree] | null
}

/** Merging ends below this score: found on personas with planted interests. */
export const MERGE_STOP = -13
const MERGE_POWER = 0.5
/** A cluster is taken apart evenly: by gain for each item. */
const SPLIT_POWER = 1
const SWEEPS = 3
/** In long histories one sweep does nearly all that three do. */
const LONG_SWEEPS = 1
/** Histories up to this many distinct items are clustered as they are. */
export const EXACT_ITEMS = 300
/** Longer ones are read in order; whenever so many groups are open, they are merged down to POOL_KEPT. */
const POOL_SIZE = 160
const POOL_KEPT = 60

/**
 * Clusters one history. `z` holds its distinct items, oldest first, as `gatherJoint` gives them. The number of clusters
 * is found by itself; any two rows may be strays. Above EXACT_ITEMS the result is still a pure function of the order.
 */
export function clusterHistory(space: Space, z: Matrix, rule: ClusterRule = {}): HistoryClusters {
  const gains = gainsOf(space)
  const n = z.rows
  const { stop = MERGE_STOP, stray = STRAY_GAIN, exactItems = EXACT_ITEMS } = rule
  const points = new Float64Array(z.data)
  const labels =
    n <= exactItems
      ? agglomerate(gains, unitsOf(points, n), { power: MERGE_POWER, stop }).owner
      : mergeInOrder(gains, points, n, stop, rule.merge ?? agglomerate)
  refine(gains, points, labels, stray, n <= exactItems ? SWEEPS : LONG_SWEEPS)
  return collect(labels)
}

/** How the items at `positions` of z come together: the root's parts are what the last merge joined. */
export function takeApart(space: Space, z: Matrix, positions: Int32Array): MergeTree {
  // A cluster of very many is split at its middle positions first: only the top of its tree is ever looked at.
  if (positions.length > EXACT_ITEMS) {
    const half = positions.length >> 1
    return {
      positions,
      parts: [takeApart(space, z, positions.slice(0, half)), takeApart(space, z, positions.slice(half))],
    }
  }
  const gains = gainsOf(space)
  const units = unitsOf(new Float64Array(gatherRows(z, positions).data), positions.length)
  const { into, from, count } = agglomerate(gains, units, { power: SPLIT_POWER, stop: -Infinity })
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

function unitsOf(z: Float64Array, n: number): Units {
  return { counts: new Float64Array(n).fill(1), sums: z }
}

/**
 * Micro-clusters: items join a pool of groups in order. A full pool is merged; what is still too much leaves it,
 * oldest single items first (`refine` gives them another chance), then the oldest groups as they are.
 */
function mergeInOrder(
  gains: Gains,
  z: Float64Array,
  n: number,
  stop: number,
  mergeUnits: typeof agglomerate,
): Int32Array {
  const { dims } = gains
  const labels = Int32Array.from({ length: n }, (_, i) => i)
  const counts = new Float64Array(n).fill(1)
  const sums = z.slice()
  let pool: number[] = []
  const merge = (leave: number): void => {
    const units: Units = { counts: new Float64Array(pool.length), sums: new Float64Array(pool.length * dims) }
    for (const [i, head] of pool.entries()) {
      units.counts[i] = counts[head]
      units.sums.set(sums.subarray(head * dims, (head + 1) * dims), i * dims)
    }
    const { into, from, count } = mergeUnits(gains, units, { power: MERGE_POWER, stop, leave })
    const gone = new Set<number>()
    for (let m = 0; m < count; m++) {
      const keep = pool[into[m]]
      const lost = pool[from[m]]
      labels[lost] = keep
      counts[keep] += counts[lost]
      for (let d = 0; d < dims; d++) sums[keep * dims + d] += sums[lost * dims + d]
      gone.add(lost)
    }
    pool = pool.filter((head) => !gone.has(head))
  }
  for (let i = 0; i < n; i++) {
    pool.push(i)
    if (pool.length < POOL_SIZE) continue
    merge(POOL_KEPT)
    if (pool.length > POOL_KEPT) {
      const singles = new Set(pool.filter((head) => counts[head] === 1).slice(0, pool.length - POOL_KEPT))
      pool = pool.filter((head) => !singles.has(head)).slice(-POOL_KEPT)
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
 * Moves each item, in order, to the cluster that gains most from it (of those with two or more other items); where
 * none gains `stray`, an item of a cluster of three or more becomes a stray. At most `sweeps` times.
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
  const settle = (group: { n: number; sum: Float64Array; gain: number }): void => {
    group.gain = group.n > 0 ? groupGain(gains, group.n, group.sum) : 0
  }
  for (const group of groups.values()) settle(group)
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
        const mine = group === own
        if (group.n - (mine ? 1 : 0) < 2) continue
        choices++
        const gain =
          (mine
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
      settle(own)
      settle(target)
      if (own.n === 0) groups.delete(labels[i])
      labels[i] = to
    }
    if (!moved) break
  }
}

function collect(labels: Int32Array): HistoryClusters {
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
