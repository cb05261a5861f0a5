import type { Matrix } from '../columns.js'
import { meanOf, normalise } from './matrix.js'

/** With n rows the mean is multiplied by n / (n + 50): a mean of few rows is little known. */
const SHRINKAGE = 50

/** Mean of all rows, or of the given ones, shrunk towards 0 where there are few. One number a dimension. */
export function findCentre(matrix: Matrix, rows?: ArrayLike<number>): Float32Array {
  const n = rows ? rows.length : matrix.rows
  const shrink = n / (n + SHRINKAGE)
  return meanOf(matrix, rows).map((x) => x * shrink)
}

/** Subtracts `centre` from an encoder vector and scales the result to unit length, in place. Returns the same array. */
export function centreVector(vector: Float32Array, centre: Float32Array): Float32Array {
  for (let k = 0; k < vector.length; k++) vector[k] -= centre[k]
  return normalise(vector)
}
