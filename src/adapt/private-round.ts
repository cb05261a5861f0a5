import type { Lists, Matrix } from '../columns.js'
import { createMatrix, dotRows, gatherRows, normalise, rowOf } from '../vectors/matrix.js'
import { tensorOf } from '../vectors/onnx-runtime.js'
import { listAt } from '../vectors/sparse.js'
import type { PrivateKernels } from './private-kernels.js'
import type { PrivateAdapterOptions } from './private-options.js'

/**
 * Training samples of several users, those of one user one after another. A sample is one liked item (the target) and
 * the history before it.
 */
export interface UserSamples {
  /** Samples of user i are firsts[i] up to firsts[i + 1]; some users have none. */
  firsts: Uint32Array
  /** One row a sample: where its history places the user, a unit vector. */
  places: Matrix
  /** One row of the catalogue a sample. */
  targets: Int32Array
}

/**
 * Collects the samples of some users: of each the newest `mostSamples` liked items that have one before them.
 * `histories`: liked rows of all users, oldest first; `items`: unit rows.
 */
export function collectUserSamples(
  users: Int32Array,
  histories: Lists,
  items: Matrix,
  { window, ageDecay, mostSamples }: PrivateAdapterOptions,
): UserSamples {
  const firsts = new Uint32Array(users.length + 1)
  users.forEach((user, i) => {
    const { length } = listAt(histories, user)
    firsts[i + 1] = firsts[i] + Math.max(0, Math.min(mostSamples, length - 1))
  })
  const count = firsts[users.length]
  const places = createMatrix(count, items.dims)
  const targets = new Int32Array(count)
  users.forEach((user, i) => {
    const rows = listAt(histories, user)
    for (let sample = firsts[i]; sample < firsts[i + 1]; sample++) {
      const at = rows.length - (firsts[i + 1] - sample)
      targets[sample] = rows[at]
      const place = rowOf(places, sample)
      for (let age = 0; age < Math.min(window, at); age++) {
        const weight = Math.exp(-ageDecay * age)
        const item = rowOf(items, rows[at - 1 - age])
        for (let k = 0; k < item.length; k++) place[k] += weight * item[k]
      }
      normalise(place)
    }
  })
  return { firsts, places, targets }
}

/** What a round of private training computes gradients at. */
export interface RoundInput {
  /** Whitened vectors of all items, unit rows. */
  items: Matrix
  /** B, the matrix that is learnt. */
  matrix: Matrix
  /** Rows of the negatives, the same for all samples of the round. */
  negatives: Int32Array
  /** Most that one user contributes (L2 norm). */
  clip: number
  /** Factor of the inner product in a logit. */
  scale: number
}

/**
 * Adds each user's contribution to `sum` (dims x dims): the negative gradient of the loss by B, summed over the user's
 * samples and scaled down to length `clip`. The lengths |B x| are taken as constants. Returns the loss summed over
 * samples.
 */
export async function addUserGradients(
  { firsts, places, targets }: UserSamples,
  { items, matrix, negatives, clip, scale }: RoundInput,
  kernels: PrivateKernels,
  sum: Float64Array,
): Promise<number> {
  if (targets.length === 0) return 0
  const scaleByMappedLength = async (rows: Int32Array) => {
    const found = gatherRows(items, rows)
    const mapped = { ...found, data: await kernels.timesTransposed(found, matrix) }
    for (let i = 0; i < found.rows; i++) {
      const length = Math.sqrt(dotRows(mapped, i, mapped, i)) || 1
      const row = rowOf(found, i)
      for (let k = 0; k < row.length; k++) row[k] /= length
    }
    return found
  }
  const { first, residual } = await kernels.residuals({
    u: tensorOf(places),
    b: { data: matrix.data.map((value) => scale * value), dims: [matrix.rows, matrix.dims] },
    o: tensorOf(await scaleByMappedLength(negatives)),
    t: tensorOf(await scaleByMappedLength(targets)),
    c: { data: Float32Array.of(Math.log(items.rows / negatives.length)), dims: [1, 1] },
    y: { data: Float32Array.from(targets), dims: [targets.length, 1] },
    n: { data: Float32Array.from(negatives), dims: [1, negatives.length] },
    low: { data: Float32Array.of(-1e9), dims: [1, 1] },
  })
  const residuals = { ...places, data: residual }
  const shortened = { ...places, data: places.data.slice() }
  for (let user = 0; user + 1 < firsts.length; user++) {
    const factor = clip / Math.max(clip, lengthOf(places, residuals, firsts[user], firsts[user + 1]))
    for (let sample = firsts[user]; sample < firsts[user + 1]; sample++) {
      const row = rowOf(shortened, sample)
      for (let k = 0; k < row.length; k++) row[k] *= factor
    }
  }
  const added = await kernels.transposedTimes(shortened, residuals)
  for (let i = 0; i < sum.length; i++) sum[i] += added[i]
  return first.reduce((loss, chance) => loss - Math.log(Math.max(chance, 1e-30)), 0)
}

/**
 * L2 norm of the sum of u residual' over samples from .. to, by its square: the sum of (u_i . u_j)(residual_i .
 * residual_j).
 */
function lengthOf(places: Matrix, residuals: Matrix, from: number, to: number): number {
  let square = 0
  for (let i = from; i < to; i++) {
    square += dotRows(places, i, places, i) * dotRows(residuals, i, residuals, i)
    for (let j = from; j < i; j++) square += 2 * dotRows(places, i, places, j) * dotRows(residuals, i, residuals, j)
  }
  return Math.sqrt(Math.max(0, square))
}
