import { InterestMineError } from '../errors.js'
import type { Matrix } from '../types.js'

/**
 * One row a token of the vocabulary: number k of token t is scales[t] * numbers[t * dims + k]. As a file: the scales
 * (float32, little-endian), then the numbers (int8), row after row, and nothing else.
 */
export interface TokenTable {
  scales: Float32Array
  numbers: Int8Array
  dims: number
}

/** Bytes that a token takes beside its numbers. */
export const SCALE_BYTES = 4

/** The file of a table; each row is rounded to 255 steps between its largest number and the opposite. */
export function packTable({ data, rows, dims }: Matrix): Uint8Array {
  const bytes = new Uint8Array(rows * (SCALE_BYTES + dims))
  const scales = new Float32Array(bytes.buffer, 0, rows)
  const numbers = new Int8Array(bytes.buffer, rows * SCALE_BYTES)
  for (let row = 0; row < rows; row++) {
    let largest = 0
    for (let k = row * dims; k < (row + 1) * dims; k++) largest = Math.max(largest, Math.abs(data[k]))
    scales[row] = largest / 127
    if (scales[row] === 0) continue
    for (let k = row * dims; k < (row + 1) * dims; k++) numbers[k] = Math.round(data[k] / scales[row])
  }
  return bytes
}

/** Reads the file of a table. Fails with BAD_MODEL where its size is not that of whole rows or a scale is no number. */
export function readTable(bytes: Uint8Array, dims: number, file: string): TokenTable {
  const rows = bytes.length / (SCALE_BYTES + dims)
  const copy = bytes.byteOffset % SCALE_BYTES === 0 ? bytes : bytes.slice()
  if (!Number.isInteger(rows) || rows === 0) {
    const message = `${file} has ${bytes.length} bytes, no whole number of rows of ${dims} numbers and a scale`
    throw new InterestMineError('BAD_MODEL', message, { file })
  }
  const scales = new Float32Array(copy.buffer, copy.byteOffset, rows)
  const numbers = new Int8Array(copy.buffer, copy.byteOffset + rows * SCALE_BYTES, rows * dims)
  if (!scales.every(Number.isFinite)) {
    throw new InterestMineError('BAD_MODEL', `${file} holds a scale that is no number`, { file })
  }
  return { scales, numbers, dims }
}

/** The sum of the rows of some tokens, written to `output`. */
export function sumRows({ scales, numbers, dims }: TokenTable, ids: ArrayLike<number>, output: Float32Array): void {
  const rowAt = (i: number) => (i < ids.length ? ids[i] * dims : 0)
  const scaleAt = (i: number) => (i < ids.length ? scales[ids[i]] : 0)
  output.fill(0)
  // Four rows at a time: reading and writing the sum costs as much as a row.
  for (let i = 0; i < ids.length; i += 4) {
    const [a, b, c, d] = [rowAt(i), rowAt(i + 1), rowAt(i + 2), rowAt(i + 3)]
    const [p, q, r, s] = [scaleAt(i), scaleAt(i + 1), scaleAt(i + 2), scaleAt(i + 3)]
    for (let k = 0; k < dims; k++) {
      output[k] += p * numbers[a + k] + q * numbers[b + k] + (r * numbers[c + k] + s * numbers[d + k])
    }
  }
}
