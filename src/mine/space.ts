import { createRandom, sampleBelow } from '../random.js'
import type { Lists, Matrix, Space } from '../types.js'
import { decomposeSymmetric, PAUSE_WORK, type Pause } from '../vectors/eigen.js'
import { createMatrix, dotAt, meanOf, normalise, rowOf } from '../vectors/matrix.js'
import { groupRows } from './kmeans.js'

export interface SpaceInput {
  /** n x encoder dims, unit rows: one short text (title, brand, categories) an item. */
  vectors: Matrix
  /** The items of each user, in the user's order; a user's list may be of any length. */
  history: Lists
  seed: number
  /** Axes that are kept at most. */
  maxDims?: number
  pause?: Pause
}

const MAX_DIMS = 128
/** Pseudo-classes that stand in for "things of one kind" when within-class variance is measured. */
const CLASSES = 90
/** Smaller catalogues get fewer classes: with fewer items each, their variance would be all noise. */
const ITEMS_A_CLASS = 8
/** The covariance of a sample this large differs from the catalogue's by less than the axes that are dropped. */
const COVARIANCE_ROWS = 10_000
/** Weight, in degrees of freedom, of the share of variance that is within classes in large catalogues. */
const PRIOR_FREEDOM = 20
const PRIOR_WITHIN = 0.6
/** Between-class variance is at least this share of an axis' variance. */
const LEAST_BETWEEN = 0.001

/**
 * Learns the space of a catalogue: centred unit vectors, smoothed with what was taken by the same users
 * (y = x + Qx, G[i,j] = sum over users of 1/|history| / sqrt(n_i n_j), Q its rows summing to 1), turned to principal
 * axes, with the variance between and within pseudo-classes on each. Time is linear in rows and events: the sums of G
 * are taken user by user, so no pair of items is ever stored. Works from one item on.
 */
export async function fitSpace(input: SpaceInput): Promise<Space> {
  const { vectors, history, seed, maxDims = MAX_DIMS, pause } = input
  const firstMean = meanOf(vectors)
  await pause?.()
  const centred = centre(vectors, firstMean)
  await pause?.()
  const smoothed = await smoothByCovisits(centred, history, pause)
  await pause?.()
  const secondMean = meanOf(smoothed)
  const y = centre(smoothed, secondMean, smoothed)
  await pause?.()
  const size = Math.max(1, Math.min(maxDims, vectors.dims, vectors.rows - 1))
  const { values, vectors: axes } = await decomposeSymmetric(await covarianceOf(y, seed, pause), vectors.dims, pause)
  const projection = createMatrix(size, vectors.dims)
  projection.data.set(axes.subarray(0, size * vectors.dims))
  const z = createMatrix(vectors.rows, size)
  for (let row = 0, work = 0; row < y.rows; row++) {
    project(projection, y.data, row * y.dims, rowOf(z, row))
    work += size * y.dims
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  const groups = Math.max(1, Math.min(CLASSES, Math.ceil(z.rows / ITEMS_A_CLASS)))
  const { labels } = await groupRows(z, { groups, seed, pause })
  await pause?.()
  const { between, within } = splitVariance(z, labels, values)
  return { dims: size, z, between, within, firstMean, secondMean, projection }
}

/** Places an item that came after the fit (an encoder vector, unit length), as an item without co-visits. */
export function placeVector(space: Space, vector: Float32Array): Float32Array {
  const y = Float32Array.from(vector, (value, k) => value - space.firstMean[k])
  normalise(y)
  for (let k = 0; k < y.length; k++) y[k] -= space.secondMean[k]
  normalise(y)
  const z = new Float32Array(space.dims)
  project(space.projection, y, 0, z)
  return z
}

function project(projection: Matrix, y: Float32Array, from: number, z: Float32Array): void {
  for (let d = 0; d < projection.rows; d++) {
    z[d] = dotAt(projection.data, d * projection.dims, y, from, projection.dims)
  }
}

/** Unit rows of (vectors - mean), written to `centred`. */
function centre(
  vectors: Matrix,
  mean: Float32Array,
  centred: Matrix = createMatrix(vectors.rows, vectors.dims),
): Matrix {
  for (let row = 0; row < vectors.rows; row++) {
    const to = rowOf(centred, row)
    const from = row * vectors.dims
    for (let k = 0; k < vectors.dims; k++) to[k] = vectors.data[from + k] - mean[k]
    normalise(to)
  }
  return centred
}

/**
 * x + Qx. An item's row of G is a sum over its users of (the user's sum less the item's own part); the factor
 * 1/sqrt(n_i) cancels when rows are made to sum to 1.
 */
async function smoothByCovisits(x: Matrix, history: Lists, pause?: Pause): Promise<Matrix> {
  const { dims } = x
  const takers = new Int32Array(x.rows)
  const seenBy = new Int32Array(x.rows).fill(-1)
  const users = history.offsets.length - 1
  for (let user = 0; user < users; user++) {
    for (const row of itemsOf(history, user)) {
      if (seenBy[row] !== user) takers[row]++
      seenBy[row] = user
    }
  }
  seenBy.fill(-1)
  await pause?.()
  const smoothed = createMatrix(x.rows, dims)
  const sums = smoothed.data
  const masses = new Float64Array(x.rows)
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
    const share = (row: number) => 1 / (rows.length * Math.sqrt(takers[row]))
    for (const row of rows) {
      const part = share(row)
      mass += part
      for (let k = 0, from = row * dims; k < dims; k++) total[k] += part * x.data[from + k]
    }
    for (const row of rows) {
      const part = share(row)
      masses[row] += mass - part
      for (let k = 0, at = row * dims; k < dims; k++) sums[at + k] += total[k] - part * x.data[at + k]
    }
    work += rows.length * dims * 2
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  for (let row = 0; row < x.rows; row++) {
    const scale = masses[row] > 0 ? 1 / masses[row] : 0
    for (let k = 0, at = row * dims; k < dims; k++) sums[at + k] = x.data[at + k] + scale * sums[at + k]
  }
  return smoothed
}

function itemsOf(history: Lists, user: number): Int32Array {
  return history.values.subarray(history.offsets[user], history.offsets[user + 1])
}

/** Second moments about zero of (a sample of) the rows, dims x dims: rows are centred already, and z must be linear. */
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

/** Variance of each axis within classes (pooled) and between them: b = max(lambda - w, .001 lambda). */
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
  // No axis is without variance, so that items which are all alike still have a likelihood.
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
