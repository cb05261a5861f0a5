import type { Matrix, Vectors } from '../columns.js'
import { createRandom, sampleBelow } from '../random.js'
import { addRow, createMatrix, dotAt, dotVector, gatherRows, normalise, rowOf } from './matrix.js'

/**
 * From this many rows on an HNSW graph is built; below it a scan of all rows is as quick, and exact (bench/index.mjs).
 */
export const HNSW_FROM = 4000
/** Axes that are kept at most: of vectors of 384 numbers, 96 axes hold four fifths of the variance. */
const MOST_AXES = 96
/** Vectors that the axes are computed from. More of them, or more rounds, change next to nothing. */
const SAMPLE = 2000
/** Rounds of the iteration. */
const ROUNDS = 4
/** Multiplications between two pauses. */
const PAUSE_WORK = 4e6

/**
 * Finds orthonormal axes that span nearly the directions in which the vectors differ most (orthogonal iteration, Golub
 * and Van Loan 8.2.4). Distances along them are those of the vectors, less what the other directions hold. Returns one
 * row an axis: as many as the vectors have numbers, at most 96. The same vectors and seed give the same axes. `pause`
 * is awaited between parts of the work and may throw to stop it.
 */
export async function findGraphAxes(vectors: Vectors, seed: number, pause: () => Promise<void>): Promise<Matrix> {
  const random = createRandom(seed)
  const sample = gatherRows(vectors, sampleBelow(random, vectors.rows, SAMPLE))
  let axes = createMatrix(Math.min(MOST_AXES, vectors.dims), vectors.dims)
  for (let i = 0; i < axes.data.length; i++) axes.data[i] = random.unit() - 0.5
  orthonormalise(axes)
  for (let round = 0; round < ROUNDS; round++) {
    const next = createMatrix(axes.rows, axes.dims)
    for (let axis = 0, work = 0; axis < axes.rows; axis++) {
      const along = rowOf(axes, axis)
      const sum = rowOf(next, axis)
      for (let i = 0; i < sample.rows; i++) addRow(sample, i, dotVector(sample, i, along), sum)
      work += 2 * sample.data.length
      if (work > PAUSE_WORK) {
        work = 0
        await pause()
      }
    }
    axes = next
    orthonormalise(axes)
  }
  return axes
}

/**
 * Gram-Schmidt, row after row. A row that depends on the rows before it becomes zero: it then adds nothing to any
 * distance.
 */
function orthonormalise(axes: Matrix): void {
  const { dims } = axes
  for (let axis = 0; axis < axes.rows; axis++) {
    const row = rowOf(axes, axis)
    const before = Math.sqrt(dotAt(row, 0, row, 0, dims))
    // One pass leaves rounding errors; two are enough (Parlett).
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < axis; other++) addRow(axes, other, -dotVector(axes, other, row), row)
    if (Math.sqrt(dotAt(row, 0, row, 0, dims)) > 1e-6 * before) normalise(row)
    else row.fill(0)
  }
}
