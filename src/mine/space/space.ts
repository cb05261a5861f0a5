import type { Lists, Matrix, Space } from '../../columns.js'
import { createRandom, sampleBelow } from '../../random.js'
import { decomposeSymmetric, PAUSE_WORK, type Pause } from '../../vectors/eigen.js'
import { createMatrix, dotAt, meanOf, normalise, rowOf } from '../../vectors/matrix.js'
import { kMeans } from './kmeans.js'

/** Input of `fitSpace`. */
export interface SpaceInput {
  /** Encoder vectors, unit rows, one an item: of a short text (title, brand, categories), or of a picture or sound. */
  vectors: Matrix
  /** Rows of each user, in the user's order; lists may have any length, and repeated rows count once. */
  history: Lists
  seed: number
  /** Axes that are kept at most; default 128. */
  maxDims?: number
  /** Awaited during long work, so that other work can run; stops the fit where it throws. */
  pause?: Pause
}

const MAX_DIMS = 128
/** Pseudo-classes (k-means groups) on which the within-class variance is measured. */
const CLASSES = 90
/** Items for each pseudo-class in smaller catalogues: with fewer, the variance within a class would be mostly noise. */
const ITEMS_A_CLASS = 8

/**
 * Rows that the covariance is estimated on at most. With so many, it differs from the catalogue's by less than the axes
 * that are dropped.
 */
const COVARIANCE_ROWS = 10_000

/**
 * Prior of the within-class variance: the share PRIOR_WITHIN of the total variance, as found in large catalogues,
 * counted as this many degrees of freedom.
 */
const PRIOR_FREEDOM = 20
const PRIOR_WITHIN = 0.6
/** Least between-class variance, as a share of the axis' variance. */
const LEAST_BETWEEN = 0.001

/**
 * Fits the space of interests over a catalogue. Vectors are centred and brought to unit length, smoothed with those of
 * items of the same users (y = x + Qx, where G[i,j] = sum over users of 1/|history| / sqrt(n_i n_j) with n_i the users
 * of item i, and Q is G with rows summing to 1), centred again and turned to principal axes; then the variance between
 * and within pseudo-classes is measured on each axis. Time is linear in items and events: G is summed user by user and
 * never stored. Works from one item on. The result has `weight` 1 and no `parts`.
 */
export async function fitSpace(input: SpaceInput): Promise<Space> {
  const { vectors, history, seed, maxDims = MAX_DIMS, pause } = input
  const firstMean = meanOf(vectors)
  await pause?.()
  await pause?.()
  const y = await smoothByCovisits(vectors, firstMean, history, pause)
  await pause?.()
  const secondMean = meanOf(y)
  for (let row = 0; row < y.rows; row++) centreTo(y, row, secondMean, rowOf(y, row))
  await pause?.()
  const size = Math.max(1, Math.min(maxDims, vectors.dims, vectors.rows - 1))
  const { values, vectors: axes } = await decomposeSymmetric(await covarianceOf(y, seed, pause), vectors.dims, pause)
  const projection = createMatrix(size, vectors.dims)
  projection.data.set(axes.subarray(0, size * vectors.dims))
  const z = createMatrix(vectors.rows, size)
  const wide = Float64Array.from(projection.data)
  for (let row = 0, work = 0; row < y.rows; row++) {
    project(wide, rowOf(y, row), rowOf(z, row))
    work += size * y.dims
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  const groups = Math.max(1, Math.min(CLASSES, Math.ceil(z.rows / ITEMS_A_CLASS)))
  const { labels } = await kMeans(z, { groups, seed, pause })
  await pause?.()
  const { between, within } = splitVariance(z, labels, values)
  return { dims: size, z, between, within, firstMean, secondMean, projection, weight: 1, parts: [] }
}

/**
 * Vector in the space (length `space.dims`) of an item that came after the fit, from its encoder vector (unit length).
 * The item is treated as one without co-visits.
 */
export function placeVector(space: Omit<Space, 'parts'>, vector: Float32Array): Float32Array {
  const y = Float32Array.from(vector, (value, k) => value - space.firstMean[k])
  normalise(y)
  for (let k = 0; k < y.length; k++) y[k] -= space.secondMean[k]
  normalise(y)
  const z = new Float32Array(space.dims)
  const { data, dims } = space.projection
  for (let d = 0; d < z.length; d++) z[d] = dotAt(data, d * dims, y, 0, dims)
  return z
}

/**
 * Writes the dot products of a row with all axes to z, each summed in the order of `dotAt`. `axes`: one after another,
 * in double precision, so that they are not converted for every row.
 */
function project(axes: Float64Array, row: Float32Array, z: Float32Array): void {
  const y = Float64Array.from(row)
  const n = y.length
  for (let d = 0, from = 0; d < z.length; d++, from += n) {
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    let k = 0
    for (; k + 3 < n; k += 4) {
      s0 += axes[from + k] * y[k]
      s1 += axes[from + k + 1] * y[k + 1]
      s2 += axes[from + k + 2] * y[k + 2]
      s3 += axes[from + k + 3] * y[k + 3]
    }
    for (; k < n; k++) s0 += axes[from + k] * y[k]
    z[d] = s0 + s1 + (s2 + s3)
  }
}

/** Writes the unit vector of (row - mean) to `to`. */
function centreTo(vectors: Matrix, row: number, mean: Float32Array, to: Float32Array): void {
  const from = row * vectors.dims
  for (let k = 0; k < to.length; k++) to[k] = vectors.data[from + k] - mean[k]
  normalise(to)
}

/**
 * x + Qx, where x are the unit vectors of (vectors - mean), computed when needed, because a second copy of a large
 * catalogue does not fit in memory. An item's row of G is the sum over its users of (the user's sum less the item's own
 * part); the factor 1/sqrt(n_i) cancels when rows are scaled to sum to 1.
 */
async function smoothByCovisits(vectors: Matrix, mean: Float32Array, history: Lists, pause?: Pause): Promise<Matrix> {
  const { dims } = vectors
  const x = new Float32Array(dims)
  const userCounts = new Int32Array(vectors.rows)
  const seenBy = new Int32Array(vectors.rows).fill(-1)
  const users = history.offsets.length - 1
  for (let user = 0; user < users; user++) {
    for (const row of itemsOf(history, user)) {
      if (seenBy[row] !== user) userCounts[row]++
      seenBy[row] = user
    }
  }
  seenBy.fill(-1)
  await pause?.()
  const smoothed = createMatrix(vectors.rows, dims)
  const sums = smoothed.data
  const masses = new Float64Array(vectors.rows)
  const total = new Float64Array(dims)
  let work = 0
  for (let user = 0; user < users; user++) {
    const rows = itemsOf(history, user).filter((row) => {
      const first = seenBy[row] !== user
      seenBy[row] = user
      return first
    })
    if (rows.length < 2) continue
    total.fill(0)
    let mass = 0
    const share = (row: number) => 1 / (rows.length * Math.sqrt(userCounts[row]))
    for (const row of rows) {
      const part = share(row)
      mass += part
      centreTo(vectors, row, mean, x)
      for (let k = 0; k < dims; k++) total[k] += part * x[k]
    }
    for (const row of rows) {
      const part = share(row)
      masses[row] += mass - part
      centreTo(vectors, row, mean, x)
      for (let k = 0, at = row * dims; k < dims; k++) sums[at + k] += total[k] - part * x[k]
    }
    work += rows.length * dims * 2
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  for (let row = 0; row < vectors.rows; row++) {
    const scale = masses[row] > 0 ? 1 / masses[row] : 0
    centreTo(vectors, row, mean, x)
    for (let k = 0, at = row * dims; k < dims; k++) sums[at + k] = x[k] + scale * sums[at + k]
  }
  return smoothed
}

function itemsOf(history: Lists, user: number): Int32Array {
  return history.values.subarray(history.offsets[user], history.offsets[user + 1])
}

/**
 * Second moments about zero, dims x dims, of the rows or a sample of them. The rows are centred already, and z must be
 * a linear function of y, so no mean is taken off.
 */
async function covarianceOf(y: Matrix, seed: number, pause?: Pause): Promise<Float64Array> {
  const { dims } = y
  const rows = sampleBelow(createRandom(seed), y.rows, COVARIANCE_ROWS)
  const covariance = new Float64Array(dims * dims)
  // Four rows at a time: each sum is read and written once for four products.
  const block = new Float64Array(4 * dims)
  let work = 0
  for (let i = 0; i < rows.length; i += 4) {
    block.fill(0)
    for (let b = 0; b < 4 && i + b < rows.length; b++) block.set(rowOf(y, rows[i + b]), b * dims)
    for (let r = 0; r < dims; r++) {
      const a0 = block[r]
      const a1 = block[dims + r]
      const a2 = block[2 * dims + r]
      const a3 = block[3 * dims + r]
      for (let c = r, to = r * dims; c < dims; c++) {
        covariance[to + c] +=
          a0 * block[c] + a1 * block[dims + c] + (a2 * block[2 * dims + c] + a3 * block[3 * dims + c])
      }
    }
    work += 2 * dims * dims
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  for (let r = 0; r < dims; r++) {
    for (let c = r; c < dims; c++) {
      const value = covariance[r * dims + c] / Math.max(1, rows.length)
      covariance[r * dims + c] = value
      covariance[c * dims + r] = value
    }
  }
  return covariance
}

/**
 * Variance of each axis within pseudo-classes (pooled, with the prior) and between them: b = max(lambda - w, .001
 * lambda).
 */
function splitVariance(z: Matrix, labels: Int32Array, lambda: Float64Array) {
  const { dims } = z
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0)
  const counts = new Float64Array(classes)
  const sums = new Float64Array(classes * dims)
  const squares = new Float64Array(dims)
  for (let row = 0; row < z.rows; row++) {
    const to = labels[row] * dims
    counts[labels[row]]++
    for (let k = 0, at = row * dims; k < dims; k++) {
      sums[to + k] += z.data[at + k]
      squares[k] += z.data[at + k] * z.data[at + k]
    }
  }
  let freedom = 0
  for (let c = 0; c < classes; c++) {
    if (counts[c] > 0) freedom += counts[c] - 1
    for (let k = 0; k < dims && counts[c] > 0; k++) squares[k] -= (sums[c * dims + k] * sums[c * dims + k]) / counts[c]
  }
  // Every axis gets some variance, so that items that are all equal still have a likelihood.
  const least = Math.max(lambda[0] * 1e-6, 1e-9)
  const within = new Float64Array(dims)
  const between = new Float64Array(dims)
  for (let k = 0; k < dims; k++) {
    const variance = Math.max(lambda[k], least)
    const pooled = (Math.max(squares[k], 0) + PRIOR_FREEDOM * PRIOR_WITHIN * variance) / (freedom + PRIOR_FREEDOM)
    within[k] = pooled
    between[k] = Math.max(variance - pooled, LEAST_BETWEEN * variance)
  }
  return { between, within }
}
