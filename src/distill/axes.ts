import type { Matrix } from '../columns.js'
import { decomposeSymmetric, PAUSE_WORK, type Pause } from '../vectors/eigen.js'
import { plainProduct, rowsOf } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'

/** Rows that are used: axes of more rows are the same to the third digit. */
const MOST_ROWS = 6000
/** Weight of tokens beside texts: low, so that they decide only along directions that the texts leave open. */
const TOKEN_WEIGHT = 0.1

/**
 * Finds `dims` orthonormal axes (dims x teacher's dims) that keep most of the vectors of `texts`, and where there are
 * fewer texts than axes, of `tokens`. The vectors are not centred, so cosines along all axes are the teacher's own.
 */
export async function findAxes(texts: Matrix, tokens: Matrix, dims: number, pause: Pause): Promise<Matrix> {
  const n = tokens.dims
  const moments = new Float64Array(n * n)
  await addMoments(moments, texts, 1, pause)
  await addMoments(moments, tokens, texts.rows > 0 ? TOKEN_WEIGHT : 1, pause)
  const { vectors } = await decomposeSymmetric(moments, n, pause)
  return { data: Float32Array.from(vectors.subarray(0, dims * n)), rows: dims, dims: n }
}

/** Adds `weight` times the mean of the rows' outer products to `moments` (n x n). */
async function addMoments(moments: Float64Array, { data, rows, dims: n }: Matrix, weight: number, pause: Pause) {
  const stride = Math.max(1, Math.ceil(rows / MOST_ROWS))
  const share = weight / Math.ceil(rows / stride)
  for (let row = 0; row < rows; row += stride) {
    const from = row * n
    for (let i = 0; i < n; i++) {
      const scaled = share * data[from + i]
      if (scaled === 0) continue
      for (let j = i, at = i * n; j < n; j++) moments[at + j] += scaled * data[from + j]
    }
    if ((row / stride) % Math.ceil(PAUSE_WORK / (n * n)) === 0) await pause()
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) moments[i * n + j] = moments[j * n + i]
}

/** Rows projected between two pauses. */
const PART = 1024

/** Coordinates of each row of `matrix` along each axis (rows x axes). */
export async function project(matrix: Matrix, axes: Matrix, product: Product | null, pause: Pause): Promise<Matrix> {
  const placed: Matrix = { data: new Float32Array(matrix.rows * axes.rows), rows: matrix.rows, dims: axes.rows }
  for (let from = 0; from < matrix.rows; from += PART) {
    const some = rowsOf(matrix, from, Math.min(matrix.rows, from + PART))
    placed.data.set(product ? await product(some, axes) : plainProduct(some, axes), from * axes.rows)
    await pause()
  }
  return placed
}
