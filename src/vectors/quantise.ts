import type { Matrix } from '../columns.js'

/** A matrix in int8: entry = lows[row] + steps[row] * data. The error of an entry is at most half a step. */
export interface Bytes {
  /** Whole numbers, -127..127, row after row. */
  data: Int8Array
  dims: number
  /** One a row: what a unit of its numbers stands for. */
  steps: Float32Array
  /** One a row: what its 0 stands for; 0 where rows were not shifted. */
  lows: Float32Array
}

/**
 * Rounds the rows of a matrix to int8, -127..127. With `shifted`, 0 stands for the middle between the smallest and the
 * largest entry of the row, so the whole range is used; else it stands for 0.
 */
export function quantise(matrix: Matrix, shifted = false): Bytes {
  const { rows, dims } = matrix
  const bytes: Bytes = {
    data: new Int8Array(rows * dims),
    dims,
    steps: new Float32Array(rows),
    lows: new Float32Array(rows),
  }
  for (let row = 0; row < rows; row++) {
    const at = row * dims
    let low = Infinity
    let high = -Infinity
    for (let k = 0; k < dims; k++) {
      low = Math.min(low, matrix.data[at + k])
      high = Math.max(high, matrix.data[at + k])
    }
    const middle = shifted && dims > 0 ? (low + high) / 2 : 0
    const reach = dims > 0 ? Math.max(high - middle, middle - low) : 0
    const step = reach > 0 ? reach / 127 : 1
    bytes.steps[row] = step
    bytes.lows[row] = middle
    for (let k = 0; k < dims; k++) bytes.data[at + k] = Math.round((matrix.data[at + k] - middle) / step)
  }
  return bytes
}

/** The matrix that int8 rows stand for. */
export function dequantise({ data, dims, steps, lows }: Bytes): Matrix {
  const rows = steps.length
  const values = new Float32Array(rows * dims)
  for (let row = 0; row < rows; row++) {
    for (let k = row * dims; k < (row + 1) * dims; k++) values[k] = lows[row] + steps[row] * data[k]
  }
  return { data: values, rows, dims }
}

/** Inner product of row `i` of `a` and row `j` of `b`, both quantised without `shifted`. */
export function dotQuantised(a: Bytes, i: number, b: Bytes, j: number): number {
  const { dims } = a
  const x = a.data
  const y = b.data
  const from = i * dims
  const at = j * dims
  let s0 = 0
  let s1 = 0
  let k = 0
  for (; k + 1 < dims; k += 2) {
    s0 += x[from + k] * y[at + k]
    s1 += x[from + k + 1] * y[at + k + 1]
  }
  if (k < dims) s0 += x[from + k] * y[at + k]
  return (s0 + s1) * a.steps[i] * b.steps[j]
}

/** A copy with room for `rows` rows; the new ones are zeros. */
export function widenBytes(bytes: Bytes, rows: number): Bytes {
  const wide: Bytes = {
    data: new Int8Array(rows * bytes.dims),
    dims: bytes.dims,
    steps: new Float32Array(rows),
    lows: new Float32Array(rows),
  }
  wide.data.set(bytes.data)
  wide.steps.set(bytes.steps)
  wide.lows.set(bytes.lows)
  return wide
}
