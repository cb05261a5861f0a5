import type { Matrix } from '../../columns.js'
import { createRandom, sampleBelow } from '../../random.js'
import { PAUSE_WORK, type Pause } from '../../vectors/eigen.js'
import { createMatrix, dotAt, normalise, rowOf } from '../../vectors/matrix.js'

/** Groups found by `kMeans`. */
export interface KMeansResult {
  /** Row -> index of its group. */
  labels: Int32Array
  /** One row a group. */
  centroids: Matrix
}

/** Options of `kMeans`. */
export interface KMeansOptions {
  /** Number of groups at most; fewer where the rows do not differ enough. */
  groups: number
  seed: number
  /** True: unit-length centroids, compared by cosine. False (default): means, compared by Euclidean distance. */
  spherical?: boolean
  /** Rows that centroids are fitted on at most, drawn by the seed; default 60 a group. All rows are then assigned. */
  maxTrained?: number
  /** Iterations at most; default 8. */
  rounds?: number
  /** Awaited during long work, so that other work can run; stops the fit where it throws. */
  pause?: Pause
}

/** Iterations after which assignments hardly change. */
const ROUNDS = 8
/** Rows for each group that suffice to place its centroid. */
const ROWS_A_GROUP = 60

/**
 * k-means (Lloyd) with k-means++ starts (Arthur and Vassilvitskii 2007), Euclidean or spherical. Deterministic: the
 * same rows, options and seed give the same groups.
 */
export async function kMeans(vectors: Matrix, options: KMeansOptions): Promise<KMeansResult> {
  const { seed, spherical = false, rounds = ROUNDS, pause } = options
  const random = createRandom(seed)
  const limit = options.maxTrained ?? options.groups * ROWS_A_GROUP
  const trained = sampleBelow(random, vectors.rows, limit)
  const centroids = await chooseStarts(vectors, trained, options.groups, spherical, random.unit, pause)
  const labels = new Int32Array(trained.length).fill(-1)
  for (let round = 0; round < rounds; round++) {
    const moved = await assign(vectors, trained, centroids, spherical, labels, pause)
    if (moved === 0) break
    moveCentroids(vectors, trained, labels, centroids, spherical)
  }
  const all = new Int32Array(vectors.rows).fill(-1)
  const rows = Int32Array.from({ length: vectors.rows }, (_, i) => i)
  await assign(vectors, rows, centroids, spherical, all, pause)
  return { labels: all, centroids }
}

/**
 * Index of the centroid with the largest dot product with `vector[from ..]`, among those that `allow` accepts; -1 where
 * there is none.
 */
export function nearestCentroid(
  centroids: Matrix,
  vector: Float32Array,
  from = 0,
  allow?: (centroid: number) => boolean,
): number {
  let best = -1
  let most = -Infinity
  for (let c = 0; c < centroids.rows; c++) {
    if (allow && !allow(c)) continue
    const dot = dotAt(vector, from, centroids.data, c * centroids.dims, centroids.dims)
    if (dot > most) {
      most = dot
      best = c
    }
  }
  return best
}

/** k-means++: each next start is drawn by squared distance (spherical: 1 - cosine) to the nearest start so far. */
async function chooseStarts(
  vectors: Matrix,
  rows: Int32Array,
  groups: number,
  spherical: boolean,
  unit: () => number,
  pause?: Pause,
): Promise<Matrix> {
  const { dims } = vectors
  const starts = createMatrix(Math.min(groups, rows.length), dims)
  const distances = new Float64Array(rows.length).fill(Infinity)
  let count = 0
  let next = rows.length > 0 ? Math.floor(unit() * rows.length) : -1
  let work = 0
  while (next >= 0 && count < starts.rows) {
    const start = rowOf(starts, count++)
    start.set(rowOf(vectors, rows[next]))
    if (spherical) normalise(start)
    let total = 0
    for (let i = 0; i < rows.length; i++) {
      const at = rows[i] * dims
      const dot = dotAt(vectors.data, at, start, 0, dims)
      const length = dotAt(vectors.data, at, vectors.data, at, dims)
      const distance = spherical
        ? Math.max(0, 1 - dot / Math.sqrt(length || 1))
        : Math.max(0, length - 2 * dot + dotAt(start, 0, start, 0, dims))
      if (distance < distances[i]) distances[i] = distance
      // Rounding leaves a small distance between equal rows, which must not become groups of their own.
      if (distances[i] < 1e-6) distances[i] = 0
      total += distances[i]
    }
    next = -1
    let target = unit() * total
    for (let i = 0; i < rows.length && total > 0; i++) {
      if (distances[i] === 0) continue
      next = i
      target -= distances[i]
      if (target < 0) break
    }
    work += rows.length * dims * 2
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  return { data: starts.data.subarray(0, count * dims), rows: count, dims }
}

/** Writes the nearest centroid of each row to `labels`; returns how many labels changed. */
async function assign(
  vectors: Matrix,
  rows: Int32Array,
  centroids: Matrix,
  spherical: boolean,
  labels: Int32Array,
  pause?: Pause,
): Promise<number> {
  const { dims } = vectors
  const offsets = Float64Array.from({ length: centroids.rows }, (_, c) =>
    spherical ? 0 : dotAt(centroids.data, c * dims, centroids.data, c * dims, dims) / 2,
  )
  let moved = 0
  let work = 0
  for (let i = 0; i < rows.length; i++) {
    let best = 0
    let most = -Infinity
    for (let c = 0; c < centroids.rows; c++) {
      const score = dotAt(vectors.data, rows[i] * dims, centroids.data, c * dims, dims) - offsets[c]
      if (score > most) {
        most = score
        best = c
      }
    }
    if (labels[i] !== best) moved++
    labels[i] = best
    work += centroids.rows * dims
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  return moved
}

/** Moves each centroid to the mean of its rows. A centroid without rows stays. */
function moveCentroids(
  vectors: Matrix,
  rows: Int32Array,
  labels: Int32Array,
  centroids: Matrix,
  spherical: boolean,
): void {
  const { dims } = vectors
  const sums = new Float64Array(centroids.rows * dims)
  const counts = new Int32Array(centroids.rows)
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * dims
    const to = labels[i] * dims
    counts[labels[i]]++
    for (let k = 0; k < dims; k++) sums[to + k] += vectors.data[from + k]
  }
  for (let c = 0; c < centroids.rows; c++) {
    if (counts[c] === 0) continue
    const centroid = rowOf(centroids, c)
    for (let k = 0; k < dims; k++) centroid[k] = sums[c * dims + k] / counts[c]
    if (spherical) normalise(centroid)
  }
}
