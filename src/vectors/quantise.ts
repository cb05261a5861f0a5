import type { Matrix } from '../columns.js'

/** A matrix in bytes: entry = low of its row + step of its row * (byte). Half a step is the largest error. */
export interface Bytes {
  data: Int8Array
  dims: number
  steps: Float32Array
  lows: Float32Array
}

/** Rows to bytes, -127..127. `shifted` rows use the whole range between their smallest and largest entry. */
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

/** The rows that bytes stand for, to half a step. */
export function dequantise({ data, dims, steps, lows }: Bytes): Matrix {
  const rows = steps.length
  const values = new Float32Array(rows * dims)
  for (let row = 0; row < rows; row++) {
    for (let k = row * dims; k < (row + 1) * dims; k++) values[k] = lows[row] + steps[row] * data[k]
  }
  return { data: values, rows, dims }
}

/** Inner product of two rows that were not shifted. */
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

/** A copy with room for `rows` rows. */
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
