import type { Matrix } from '../columns.js'
import { decomposeSymmetric, type Pause } from '../vectors/eigen.js'
import { createMatrix } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'

/** Axes with less than this share of the strongest axis's variance are noise. */
const LEAST_VARIANCE = 1e-3

/**
 * The strongest principal axes of the rows (about 0, not about their mean), each scaled so that the rows spread equally
 * far along all of them. Returns at most `most` rows, one an axis, strongest first.
 */
export async function whiten(vectors: Matrix, most: number, transposedTimes: Product, pause?: Pause): Promise<Matrix> {
  const { dims } = vectors
  const covariance = Float64Array.from(await transposedTimes(vectors, vectors))
  const { values, vectors: axes } = await decomposeSymmetric(covariance, dims, pause)
  const kept = values.subarray(0, most).filter((value) => value > LEAST_VARIANCE * values[0])
  const whitened = createMatrix(kept.length, dims)
  for (let i = 0; i < kept.length * dims; i++) {
    whitened.data[i] = axes[i] * Math.sqrt(values[0] / kept[Math.floor(i / dims)])
  }
  return whitened
}
