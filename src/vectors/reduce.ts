import type { Matrix } from '../columns.js'
import { createRandom } from '../random.js'
import { createMatrix, normalise, rowOf } from './matrix.js'

/**
 * Vectors of more than 768 numbers are folded to this width before the space of interests is learnt, whose cost grows
 * with the cube of the width.
 */
export const MOST_SPACE_DIMS = 512
const FOLDED_FROM = 768
/** Places that each number is added to. */
const SPREAD = 4

/**
 * Folds a vector of more than 768 numbers to a unit vector of 512; a narrower one is returned as it is. A sparse
 * Johnson-Lindenstrauss transform (Kane and Nelson 2014): each number is added, with a fixed random sign, at four fixed
 * random places. An inner product of unit vectors changes by about .04.
 */
export function foldVector(vector: Float32Array): Float32Array {
  if (vector.length <= FOLDED_FROM) return vector
  const { places, signs } = foldingOf(vector.length)
  const folded = new Float32Array(MOST_SPACE_DIMS)
  for (let i = 0, k = 0; i < vector.length; i++) {
    for (let s = 0; s < SPREAD; s++, k++) folded[places[k]] += signs[k] * vector[i]
  }
  return normalise(folded)
}

/** `foldVector` for each row; a matrix of at most 768 columns is returned as it is. */
export function foldMatrix(matrix: Matrix): Matrix {
  if (matrix.dims <= FOLDED_FROM) return matrix
  const folded = createMatrix(matrix.rows, MOST_SPACE_DIMS)
  for (let row = 0; row < matrix.rows; row++) rowOf(folded, row).set(foldVector(rowOf(matrix, row)))
  return folded
}

const foldings = new Map<number, { places: Uint16Array; signs: Int8Array }>()

function foldingOf(dims: number): { places: Uint16Array; signs: Int8Array } {
  let folding = foldings.get(dims)
  if (!folding) {
    // Seeded by the width alone, so that vectors of one width are always folded the same way.
    const random = createRandom(dims)
    folding = { places: new Uint16Array(dims * SPREAD), signs: new Int8Array(dims * SPREAD) }
    for (let k = 0; k < folding.places.length; k++) {
      folding.places[k] = random.below(MOST_SPACE_DIMS)
      folding.signs[k] = random.below(2) === 0 ? -1 : 1
    }
    foldings.set(dims, folding)
  }
  return folding
}
