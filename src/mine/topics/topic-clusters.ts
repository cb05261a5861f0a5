import type { Matrix } from '../../columns.js'
import type { Pause } from '../../vectors/eigen.js'
import { createMatrix, dotAt, gatherRows, normalise, rowOf } from '../../vectors/matrix.js'
import { groupRows } from '../space/kmeans.js'

/** Groups of items that lie together, each within one region of the catalogue. */
export interface TopicClusters {
  /** Row -> cluster. */
  ofRow: Int32Array
  /** Unit vectors, one row a cluster. */
  centroids: Matrix
  /** Cluster -> region, as given. */
  regions: Int32Array
  /** Cluster -> the earlier cluster that it goes on, -1 where it is new. */
  from: Int32Array
}

export interface ClusterInput {
  z: Matrix
  /** Row -> the part of the catalogue that it belongs to, -1 for none. No cluster lies in two. */
  regions: Int32Array
  /** Row -> its cluster in the generation before, -1 where it is new; null: there is none to go on from. */
  earlier: Int32Array | null
  seed: number
  pause?: Pause
}

/** Clusters of a catalogue; fewer where it is small. */
const CLUSTERS = 100
const ITEMS_A_CLUSTER = 8
/** An item leaves its cluster only for one whose centre is nearer by so much (cosine): else items at a border swing. */
const MARGIN = 0.05
/** A new item fits badly where it lies farther from every centre than all but this share of the old ones from theirs. */
const BAD_SHARE = 0.1

/**
 * Spherical k-means in z. Clusters of the generation before go on: their centres are where their items lie now, and
 * items stay unless another centre is clearly nearer. New clusters are made of new items that fit none, and of regions
 * that had none. Deterministic.
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
    const { labels, centroids } = await groupRows(gatherRows(z, rows), { groups, seed, spherical: true, pause })
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
    const stray = settle(z, rows, kept, (row) => at.get(earlier?.[row] ?? -1) ?? -1, ofRow, first)
    const groups = Math.floor(stray.length / Math.max(ITEMS_A_CLUSTER, z.rows / wanted))
    if (groups > 0) await add(stray, groups, region)
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

interface Carried {
  centroid: Float32Array
  region: number
  from: number
}

/** Earlier clusters where their items lie now, in the region that most of these are in; those without items are gone. */
function carryClusters(z: Matrix, regions: Int32Array, earlier: Int32Array): Carried[] {
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

/** Assigns the rows of a region to its clusters; returns the new ones that fit badly. */
function settle(
  z: Matrix,
  rows: readonly number[],
  clusters: readonly Carried[],
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
