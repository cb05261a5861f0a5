import type { Matrix, Vectors } from '../columns.js'
import { dotBytes, dotMixed, isBytes, readBytes } from './bytes.js'

/** A matrix of zeros. */
export function createMatrix(rows: number, dims: number): Matrix {
  return { data: new Float32Array(rows * dims), rows, dims }
}

/** Row `row` of a matrix, as a view that shares its memory. */
export function rowOf(matrix: Matrix, row: number): Float32Array {
  return matrix.data.subarray(row * matrix.dims, (row + 1) * matrix.dims)
}

/** The given rows, in that order, copied as float32. */
export function gatherRows(vectors: Vectors, rows: ArrayLike<number>): Matrix {
  const gathered = createMatrix(rows.length, vectors.dims)
  for (let i = 0; i < rows.length; i++) {
    if (isBytes(vectors)) readBytes(vectors, rows[i], rowOf(gathered, i))
    else rowOf(gathered, i).set(rowOf(vectors, rows[i]))
  }
  return gathered
}

/** Adds `weight` times a row to `sum`, which has `dims` numbers. */
export function addRow(vectors: Vectors, row: number, weight: number, sum: Float32Array | Float64Array): void {
  const { data, dims } = vectors
  const scale = isBytes(vectors) ? weight * vectors.scales[row] : weight
  for (let k = 0, from = row * dims; k < dims; k++) sum[k] += scale * data[from + k]
}

/** Inner product of row `i` of `a` and row `j` of `b`, which have the same `dims`. */
export function dotRows(a: Vectors, i: number, b: Vectors, j: number): number {
  if (isBytes(a)) return isBytes(b) ? dotBytes(a, i, b, j) : dotMixed(a, i, b.data, j * b.dims)
  return dotVector(b, j, a.data, i * a.dims)
}

/** Inner product of row `row` with vector[at .. at + dims]. */
export function dotVector(vectors: Vectors, row: number, vector: Float32Array, at = 0): number {
  if (isBytes(vectors)) return dotMixed(vectors, row, vector, at)
  return dotAt(vector, at, vectors.data, row * vectors.dims, vectors.dims)
}

/**
 * Inner product of a[from .. from + n] and b[at .. at + n]. It keeps four sums, which the engine holds in registers.
 */
export function dotAt(a: Float32Array, from: number, b: Float32Array, at: number, n: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < n; k += 4) {
    s0 += a[from + k] * b[at + k]
    s1 += a[from + k + 1] * b[at + k + 1]
    s2 += a[from + k + 2] * b[at + k + 2]
    s3 += a[from + k + 3] * b[at + k + 3]
  }
  for (; k < n; k++) s0 += a[from + k] * b[at + k]
  return s0 + s1 + (s2 + s3)
}

/** a (m x k) times the transpose of b (n x k), by plain loops. Returns m x n numbers, row after row. */
export function plainProduct(a: Matrix, b: Matrix): Float32Array {
  const result = new Float32Array(a.rows * b.rows)
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < b.rows; j++) result[i * b.rows + j] = dotRows(a, i, b, j)
  return result
}

/** Rows `from` up to `to` of a matrix, sharing its memory. */
export function rowsOf(matrix: Matrix, from: number, to: number): Matrix {
  const { data, dims } = matrix
  return { data: data.subarray(from * dims, to * dims), rows: to - from, dims }
}

/** Scales a vector to length 1 in place; a zero vector stays zero. Returns the same array. */
export function normalise(vector: Float32Array): Float32Array {
  let sum = 0
  for (let k = 0; k < vector.length; k++) sum += vector[k] * vector[k]
  if (sum > 0) {
    const scale = 1 / Math.sqrt(sum)
    for (let k = 0; k < vector.length; k++) vector[k] *= scale
  }
  return vector
}

/** Scales each row to length 1 in place; zero rows stay zero. Returns the same matrix. */
export function normaliseRows(matrix: Matrix): Matrix {
  for (let row = 0; row < matrix.rows; row++) normalise(rowOf(matrix, row))
  return matrix
}

/** Mean of all rows, or of the given ones; zeros where there is no row. */
export function meanOf(vectors: Vectors, rows?: ArrayLike<number>): Float32Array {
  const mean = new Float64Array(vectors.dims)
  const n = rows ? rows.length : vectors.rows
  for (let i = 0; i < n; i++) addRow(vectors, rows ? rows[i] : i, 1, mean)
  return Float32Array.from(mean, (x) => (n > 0 ? x / n : 0))
}

/** A new matrix: the rows of `a` followed by those of `b`, which has the same `dims`. */
export function stack(a: Matrix, b: Matrix): Matrix {
  const data = new Float32Array(a.data.length + b.data.length)
  data.set(a.data)
  data.set(b.data, a.data.length)
  return { data, rows: a.rows + b.rows, dims: a.dims }
}
