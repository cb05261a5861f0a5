import type { Matrix } from '../types.js'

export function createMatrix(rows: number, dims: number): Matrix {
  return { data: new Float32Array(rows * dims), rows, dims }
}

export function rowOf(matrix: Matrix, row: number): Float32Array {
  return matrix.data.subarray(row * matrix.dims, (row + 1) * matrix.dims)
}

/** The given rows, in that order. */
export function gatherRows(matrix: Matrix, rows: ArrayLike<number>): Matrix {
  const gathered = createMatrix(rows.length, matrix.dims)
  for (let i = 0; i < rows.length; i++) rowOf(gathered, i).set(rowOf(matrix, rows[i]))
  return gathered
}

/** Inner product of row i of `a` and row j of `b` (same dims). Four sums at once: the engine keeps them in registers. */
export function dotRows(a: Matrix, i: number, b: Matrix, j: number): number {
  return dotAt(a.data, i * a.dims, b.data, j * b.dims, a.dims)
}

/** Inner product of a[from..from+n] and b[at..at+n]. */
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

/** a (m x k) times the transpose of b (n x k) by plain loops, as m x n numbers row after row. */
export function plainProduct(a: Matrix, b: Matrix): Float32Array {
  const result = new Float32Array(a.rows * b.rows)
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < b.rows; j++) result[i * b.rows + j] = dotRows(a, i, b, j)
  return result
}

/** Rows `from`..`to` of a matrix; shares its memory. */
export function rowsOf(matrix: Matrix, from: number, to: number): Matrix {
  const { data, dims } = matrix
  return { data: data.subarray(from * dims, to * dims), rows: to - from, dims }
}

/** Scales a vector to length 1 in place; a zero vector stays zero. */
export function normalise(vector: Float32Array): Float32Array {
  let sum = 0
  for (let k = 0; k < vector.length; k++) sum += vector[k] * vector[k]
  if (sum > 0) {
    const scale = 1 / Math.sqrt(sum)
    for (let k = 0; k < vector.length; k++) vector[k] *= scale
  }
  return vector
}

export function normaliseRows(matrix: Matrix): Matrix {
  for (let row = 0; row < matrix.rows; row++) normalise(rowOf(matrix, row))
  return matrix
}

/** Mean of the rows, or of the given rows. */
export function meanOf(matrix: Matrix, rows?: ArrayLike<number>): Float32Array {
  const mean = new Float64Array(matrix.dims)
  const n = rows ? rows.length : matrix.rows
  for (let i = 0; i < n; i++) {
    const from = (rows ? rows[i] : i) * matrix.dims
    for (let k = 0; k < matrix.dims; k++) mean[k] += matrix.data[from + k]
  }
  return Float32Array.from(mean, (x) => (n > 0 ? x / n : 0))
}

/** The rows of `a` followed by those of `b`. */
export function stack(a: Matrix, b: Matrix): Matrix {
  const data = new Float32Array(a.data.length + b.data.length)
  data.set(a.data)
  data.set(b.data, a.data.length)
  return { data, rows: a.rows + b.rows, dims: a.dims }
}
