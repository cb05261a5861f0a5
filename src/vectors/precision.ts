import type { ByteMatrix, Matrix, Vectors } from '../columns.js'
import type { Precision } from '../types/options.js'
import { createBytes, isBytes, readBytes, writeBytes } from './bytes.js'
import { createMatrix, rowOf } from './matrix.js'

/**
 * How vectors are kept unless told otherwise. Of the ten nearest by float32, int8 finds .996, in a quarter of the
 * memory (bench/int8.mjs).
 */
export const DEFAULT_PRECISION: Precision = 'int8'

/** How vectors are kept. */
export function precisionOf(vectors: Vectors): Precision {
  return isBytes(vectors) ? 'int8' : 'float32'
}

/** Converts vectors to a precision. Returns them as they are, not copied, where they have it already. */
export function keepAs(vectors: Vectors, precision: Precision): Vectors {
  if (precision === 'float32') return floatsOf(vectors)
  if (isBytes(vectors)) return vectors
  const bytes = createBytes(vectors.rows, vectors.dims)
  for (let row = 0; row < vectors.rows; row++) writeBytes(bytes, row, rowOf(vectors, row))
  return bytes
}

/** Vectors as float32: the same matrix where they are float32 already, else a new one. */
export function floatsOf(vectors: Vectors): Matrix {
  if (!isBytes(vectors)) return vectors
  const matrix = createMatrix(vectors.rows, vectors.dims)
  for (let row = 0; row < vectors.rows; row++) readBytes(vectors, row, rowOf(matrix, row))
  return matrix
}

/** Row `row` as float32. For a float32 matrix it shares the memory; else it is a new array. */
export function readRow(vectors: Vectors, row: number): Float32Array {
  if (!isBytes(vectors)) return rowOf(vectors, row)
  const vector = new Float32Array(vectors.dims)
  readBytes(vectors, row, vector)
  return vector
}

/** Writes a vector of `dims` numbers as row `row`, rounded where the matrix is int8. */
export function writeRow(vectors: Vectors, row: number, vector: Float32Array): void {
  if (isBytes(vectors)) writeBytes(vectors, row, vector)
  else rowOf(vectors, row).set(vector)
}

/** New vectors whose row i is row from[i], copied without rounding; zeros where from[i] is -1. */
export function pickRows<V extends Vectors>(vectors: V, from: ArrayLike<number>): V {
  const { dims } = vectors
  const picked: Vectors = isBytes(vectors) ? createBytes(from.length, dims) : createMatrix(from.length, dims)
  for (let i = 0; i < from.length; i++) {
    if (from[i] < 0) continue
    picked.data.set(vectors.data.subarray(from[i] * dims, (from[i] + 1) * dims), i * dims)
    if (isBytes(picked)) picked.scales[i] = (vectors as ByteMatrix).scales[from[i]]
  }
  return picked as V
}
