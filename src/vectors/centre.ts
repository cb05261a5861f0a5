import type { Matrix } from '../columns.js'
import { meanOf, normalise } from './matrix.js'

/** A centre is trusted as far as there are items to take it from. */
const SHRINKAGE = 50

/** The common direction of all rows, or of the given ones. */
export function findCentre(matrix: Matrix, rows?: ArrayLike<number>): Float32Array {
  const n = rows ? rows.length : matrix.rows
  const shrink = n / (n + SHRINKAGE)
  return meanOf(matrix, rows).map((x) => x * shrink)
}

/** Takes the catalogue's common direction out of an encoder vector, in place, and makes it a unit vector again. */
export function centreVector(vector: Float32Array, centre: Float32Array): Float32Array {
  for (let k = 0; k < vector.length; k++) vector[k] -= centre[k]
  return normalise(vector)
}
