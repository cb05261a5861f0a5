import type { Matrix } from '../columns.js'
import { decomposeSymmetric, PAUSE_WORK, type Pause } from '../vectors/eigen.js'
import { plainProduct, rowsOf } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'

/** Rows that are looked at: axes of more are the same to the third digit. */
const MOST_ROWS = 6000
/** Weight of the tokens beside the texts: they decide only where the texts have nothing to say. */
const TOKEN_WEIGHT = 0.1

/**
 * The axes (dims x teacher's dims, orthonormal) that keep most of the texts' vectors, and where there are fewer texts
 * than axes, of the tokens'. Not centred: cosines on all axes are the teacher's own.
 */
export async function findAxes(texts: Matrix, tokens: Matrix, dims: number, pause: Pause): Promise<Matrix> {
  const n = tokens.dims
  const moments = new Float64Array(n * n)
  await addMoments(moments, texts, 1, pause)
  await addMoments(moments, tokens, texts.rows > 0 ? TOKEN_WEIGHT : 1, pause)
  const { vectors } = await decomposeSymmetric(moments, n, pause)
  return { data: Float32Array.from(vectors.subarray(0, dims * n)), rows: dims, dims: n }
}

/** Adds the mean of the rows' outer products. */
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

/** Rows that are placed between two pauses. */
const PART = 1024

/** Where rows lie on the axes. */
export async function project(matrix: Matrix, axes: Matrix, product: Product | null, pause: Pause): Promise<Matrix> {
  const placed: Matrix = { data: new Float32Array(matrix.rows * axes.rows), rows: matrix.rows, dims: axes.rows }
  for (let from = 0; from < matrix.rows; from += PART) {
    const some = rowsOf(matrix, from, Math.min(matrix.rows, from + PART))
    placed.data.set(product ? await product(some, axes) : plainProduct(some, axes), from * axes.rows)
    await pause()
  }
  return placed
}
