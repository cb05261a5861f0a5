import type { ByteMatrix, Vectors } from '../types.js'

/** Largest whole number of a row in bytes. */
const MOST = 127

export function isBytes(vectors: Vectors): vectors is ByteMatrix {
  return 'scales' in vectors
}

export function createBytes(rows: number, dims: number): ByteMatrix {
  return { data: new Int8Array(rows * dims), scales: new Float32Array(rows), rows, dims }
}

/** Writes a row: the scale is told from the largest number, so half a scale is the largest error. */
export function writeBytes(bytes: ByteMatrix, row: number, vector: Float32Array): void {
  const { data, scales, dims } = bytes
  let largest = 0
  for (let k = 0; k < dims; k++) largest = Math.max(largest, Math.abs(vector[k]))
  scales[row] = largest / MOST
  const scale = scales[row]
  for (let k = 0, at = row * dims; k < dims; k++) data[at + k] = scale > 0 ? Math.round(vector[k] / scale) : 0
}

/** Inner product of two rows: whole numbers, so exact but for the scales. */
export function dotBytes(a: ByteMatrix, i: number, b: ByteMatrix, j: number): number {
  const { dims, data: x } = a
  const y = b.data
  let sum = 0
  for (let k = 0, from = i * dims, at = j * dims; k < dims; k++) sum = (sum + x[from + k] * y[at + k]) | 0
  return sum * a.scales[i] * b.scales[j]
}

/** Inner product of a row with vector[at..at+dims]. */
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
