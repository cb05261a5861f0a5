import type { ByteMatrix, Vectors } from '../columns.js'

/** Largest whole number in a row of an int8 matrix. */
const MOST = 127

/** Whether vectors are kept as int8 rows with a scale (`ByteMatrix`) rather than as float32. */
export function isBytes(vectors: Vectors): vectors is ByteMatrix {
  return 'scales' in vectors
}

/** A matrix of `rows` rows of `dims` int8 numbers, all 0, with scales 0. */
export function createBytes(rows: number, dims: number): ByteMatrix {
  return { data: new Int8Array(rows * dims), scales: new Float32Array(rows), rows, dims }
}

/**
 * Writes a float vector as row `row`. The largest number becomes 127 or -127, the others are rounded in proportion, and
 * the scale is chosen so that the row keeps its length: a unit vector stays one.
 */
export function writeBytes(bytes: ByteMatrix, row: number, vector: Float32Array): void {
  const { data, scales, dims } = bytes
  let largest = 0
  for (let k = 0; k < dims; k++) largest = Math.max(largest, Math.abs(vector[k]))
  const step = largest / MOST
  let before = 0
  let after = 0
  for (let k = 0, at = row * dims; k < dims; k++) {
    const whole = step > 0 ? Math.round(vector[k] / step) : 0
    data[at + k] = whole
    before += vector[k] * vector[k]
    after += whole * whole
  }
  scales[row] = after > 0 ? Math.sqrt(before / after) : 0
}

/** Writes the numbers that row `row` stands for to the first `dims` places of `vector`. */
export function readBytes({ data, scales, dims }: ByteMatrix, row: number, vector: Float32Array): void {
  const scale = scales[row]
  for (let k = 0, from = row * dims; k < dims; k++) vector[k] = data[from + k] * scale
}

/**
 * Inner product of row `i` of `a` and row `j` of `b`, which have the same `dims`. The sum of whole numbers is exact;
 * only the scales are rounded.
 */
export function dotBytes(a: ByteMatrix, i: number, b: ByteMatrix, j: number): number {
  const { dims, data: x } = a
  const y = b.data
  let sum = 0
  for (let k = 0, from = i * dims, at = j * dims; k < dims; k++) sum = (sum + x[from + k] * y[at + k]) | 0
  return sum * a.scales[i] * b.scales[j]
}

/** Inner product of row `row` with vector[at .. at + dims]. */
export function dotMixed({ data, scales, dims }: ByteMatrix, row: number, vector: Float32Array, at: number): number {
  let even = 0
  let odd = 0
  let k = 0
  const from = row * dims
  for (; k + 1 < dims; k += 2) {
    even += data[from + k] * vector[at + k]
    odd += data[from + k + 1] * vector[at + k + 1]
  }
  if (k < dims) even += data[from + k] * vector[at + k]
  return (even + odd) * scales[row]
}
