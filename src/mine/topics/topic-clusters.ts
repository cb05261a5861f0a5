import type { Matrix } from '../../columns.js'
import type { Pause } from '../../vectors/eigen.js'
import { createMatrix, dotAt, gatherRows, normalise, rowOf } from '../../vectors/matrix.js'
import { kMeans } from '../space/kmeans.js'

/** Clusters of items that lie together in z, each within one region of the catalogue. */
export interface TopicClusters {
  /** Row -> cluster. */
  ofRow: Int32Array
  /** Unit vectors, one row a cluster. */
  centroids: Matrix
  /** Cluster -> its region, as in `ClusterInput.regions`. */
  regions: Int32Array
  /** Cluster -> the cluster of the generation before that it continues, -1 where it is new. */
  from: Int32Array
}

/** Input of `clusterItems`. */
export interface ClusterInput {
  /** Vectors of the items in the space of interests, one row an item. */
  z: Matrix
  /** Row -> its region of the catalogue (its domain, or 0 for all), -1 for none. A cluster lies in one region. */
  regions: Int32Array
  /** Row -> its cluster in the generation before, -1 where it is new; null where there is no such generation. */
  earlier: Int32Array | null
  seed: number
  /** Awaited during long work, so that other work can run; stops the fit where it throws. */
  pause?: Pause
}

/** Clusters of a catalogue; fewer where there are less than ITEMS_A_CLUSTER items for each. */
const CLUSTERS = 100
const ITEMS_A_CLUSTER = 8

/**
 * An item leaves its cluster only if another centre is nearer by this cosine; otherwise items at a border would change
 * clusters with every fit.
 */
const MARGIN = 0.05

/**
 * A new item fits no cluster if it is farther from every centre than all but this share of the old items are from
 * theirs.
 */
const BAD_SHARE = 0.1

/**
 * Clusters items by spherical k-means in z. Clusters of the generation before continue: their centres move to where
 * their items are now, and items stay unless another centre is nearer by MARGIN. New clusters are made of new items
 * that fit none, and in regions that had no cluster. Deterministic for a seed.
 */
export async function clusterItems({ z, regions, earlier, seed, pause }: ClusterInput): Promise<TopicClusters> {
  const wanted = Math.max(1, Math.min(CLUSTERS, Math.round(z.rows / ITEMS_A_CLUSTER)))
  const ofRow = new Int32Array(z.rows).fill(-1)
  const found: { centroid: Float32Array; region: number; from: number }[] = []
  const carried = earlier ? carryClusters(z, regions, earlier) : []
  const rowsOf = new Map<number, number[]>()
  regions.forEach((region, row) => {
    const rows = rowsOf.get(region)
    if (rows) rows.push(row)
    else rowsOf.set(region, [row])
  })
  const add = async (rows: number[], groups: number, region: number) => {
    const { labels, centroids } = await kMeans(gatherRows(z, rows), { groups, seed, spherical: true, pause })
    const first = found.length
    for (let c = 0; c < centroids.rows; c++) found.push({ centroid: rowOf(centroids, c), region, from: -1 })
    rows.forEach((row, i) => {
      ofRow[row] = first + labels[i]
    })
  }
  for (const region of [...rowsOf.keys()].sort((a, b) => a - b)) {
    const rows = rowsOf.get(region)!
    const quota = Math.max(1, Math.round((wanted * rows.length) / z.rows))
    const kept = carried.filter((cluster) => cluster.region === region)
    if (kept.length === 0) {
      await add(rows, quota, region)
      continue
    }
    const first = found.length
    found.push(...kept)
    const at = new Map(kept.map(({ from }, i) => [from, i]))
    const misfits = assignRows(z, rows, kept, (row) => at.get(earlier?.[row] ?? -1) ?? -1, ofRow, first)
    const groups = Math.floor(misfits.length / Math.max(ITEMS_A_CLUSTER, z.rows / wanted))
    if (groups > 0) await add(misfits, groups, region)
    await pause?.()
  }
  const centroids = createMatrix(found.length, z.dims)
  found.forEach(({ centroid }, c) => {
    rowOf(centroids, c).set(centroid)
  })
  return {
    ofRow,
    centroids,
    regions: Int32Array.from(found, ({ region }) => region),
    from: Int32Array.from(found, ({ from }) => from),
  }
}

/** A cluster of the generation before, at its new place. `from`: its index then. */
interface CarriedCluster {
  centroid: Float32Array
  region: number
  from: number
}

/**
 * The clusters of the generation before, with their centres where their items are now, each in the region that most of
 * its items are in. Clusters without items are left out.
 */
function carryClusters(z: Matrix, regions: Int32Array, earlier: Int32Array): CarriedCluster[] {
  const count = earlier.reduce((most, cluster) => Math.max(most, cluster + 1), 0)
  const votes = Array.from({ length: count }, () => new Map<number, number>())
  earlier.forEach((cluster, row) => {
    if (cluster >= 0) votes[cluster].set(regions[row], (votes[cluster].get(regions[row]) ?? 0) + 1)
  })
  const centroids = createMatrix(count, z.dims)
  const region = votes.map((counts) => [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? null)
  earlier.forEach((cluster, row) => {
    if (cluster < 0 || regions[row] !== region[cluster]) return
    const sum = rowOf(centroids, cluster)
    for (let d = 0, from = row * z.dims; d < z.dims; d++) sum[d] += z.data[from + d]
  })
  return region.flatMap((of, from) =>
    of === null ? [] : [{ centroid: normalise(rowOf(centroids, from)), region: of, from }],
  )
}

/** Writes the cluster of each row of a region to `ofRow`; returns the new rows that fit no cluster. */
function assignRows(
  z: Matrix,
  rows: readonly number[],
  clusters: readonly CarriedCluster[],
  /** Index among `clusters` of the one that a row was in, -1 for none. */
  before: (row: number) => number,
  ofRow: Int32Array,
  first: number,
): number[] {
  const fresh: { row: number; cosine: number }[] = []
  const old: number[] = []
  for (const row of rows) {
    const at = row * z.dims
    const length = Math.sqrt(dotAt(z.data, at, z.data, at, z.dims)) || 1
    const cosines = clusters.map(({ centroid }) => dotAt(z.data, at, centroid, 0, z.dims) / length)
    const nearest = cosines.reduce((best, cosine, c) => (cosine > cosines[best] ? c : best), 0)
    const own = before(row)
    const stays = own >= 0 && cosines[own] + MARGIN >= cosines[nearest]
    ofRow[row] = first + (stays ? own : nearest)
    if (own >= 0) old.push(cosines[own])
    else fresh.push({ row, cosine: cosines[nearest] })
  }
  old.sort((a, b) => a - b)
  const bad = old[Math.floor(BAD_SHARE * old.length)] ?? -1
  return fresh.filter(({ cosine }) => cosine < bad).map(({ row }) => row)
}
