import type { ByteMatrix, Matrix } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { createBytes, writeBytes } from '../vectors/bytes.js'
import { rowOf } from '../vectors/matrix.js'

/** Bytes of a row's scale in the file of a table. */
export const SCALE_BYTES = 4

/**
 * Writes the file of a table of token vectors (one row a token of the vocabulary): the scales of the rows (float32,
 * little-endian), then their numbers (int8) row after row.
 */
export function packTable(vectors: Matrix): Uint8Array {
  const table = createBytes(vectors.rows, vectors.dims)
  const { scales, data } = table
  for (let row = 0; row < vectors.rows; row++) writeBytes(table, row, rowOf(vectors, row))
  const bytes = new Uint8Array(scales.byteLength + data.byteLength)
  bytes.set(new Uint8Array(scales.buffer))
  bytes.set(new Uint8Array(data.buffer), scales.byteLength)
  return bytes
}

/**
 * Reads the bytes of a table file; `file` is its name for messages. Fails with BAD_MODEL where the size is no whole
 * number of rows or a scale is not finite.
 */
export function readTable(bytes: Uint8Array, dims: number, file: string): ByteMatrix {
  const rows = bytes.length / (SCALE_BYTES + dims)
  const copy = bytes.byteOffset % SCALE_BYTES === 0 ? bytes : bytes.slice()
  if (!Number.isInteger(rows) || rows === 0) {
    const message = `${file} has ${bytes.length} bytes, no whole number of rows of ${dims} numbers and a scale`
    throw new InterestMineError('BAD_MODEL', message, { file })
  }
  const scales = new Float32Array(copy.buffer, copy.byteOffset, rows)
  const data = new Int8Array(copy.buffer, copy.byteOffset + rows * SCALE_BYTES, rows * dims)
  if (!scales.every(Number.isFinite)) {
    throw new InterestMineError('BAD_MODEL', `${file} holds a scale that is no number`, { file })
  }
  return { scales, data, rows, dims }
}

/** Writes the sum of the rows `ids` to `output` (`dims` numbers). */
export function sumRows({ scales, data, dims }: ByteMatrix, ids: ArrayLike<number>, output: Float32Array): void {
  const rowAt = (i: number) => (i < ids.length ? ids[i] * dims : 0)
  const scaleAt = (i: number) => (i < ids.length ? scales[ids[i]] : 0)
  output.fill(0)
  // Four rows at a time, since reading and writing the sum takes as long as reading a row.
  for (let i = 0; i < ids.length; i += 4) {
    const [a, b, c, d] = [rowAt(i), rowAt(i + 1), rowAt(i + 2), rowAt(i + 3)]
    const [p, q, r, s] = [scaleAt(i), scaleAt(i + 1), scaleAt(i + 2), scaleAt(i + 3)]
    for (let k = 0; k < dims; k++) {
      output[k] += p * data[a + k] + q * data[b + k] + (r * data[c + k] + s * data[d + k])
    }
  }
}
