import { LEAST_SQUARE, unitGradient } from '../adapt/sides.js'
import { placeUsers, placeUsersGradient } from '../adapt/users.js'
import type { Matrix } from '../columns.js'
import { createMatrix, dotAt } from '../vectors/matrix.js'
import { scanRows } from '../vectors/scan.js'
import type { Parameters, Shape } from './parameters.js'

/** One batch of samples, and the negatives that they share. */
export interface Batch {
  /** `window` rows a sample: the items before it, newest first, -1 for none. */
  contexts: Int32Array
  /** One row a sample: the item to predict. */
  targets: Int32Array
  negatives: Int32Array
  /**
   * For each negative, ln(n * chance of this item to be drawn as one of the n negatives); subtracted from its logit.
   */
  logChances: Float32Array
}

/**
 * Adds the gradient of the batch's mean loss to `gradient` and returns the loss: the adapter's sampled softmax
 * (docs/scoring.md, "The adapter") in plain loops, so that it runs without ONNX Runtime. `vectors`: encoder vectors,
 * one row an item. A negative that is the sample's target does not count.
 */
export function addGradient(
  shape: Shape,
  parameters: Parameters,
  vectors: Matrix,
  { contexts, targets, negatives, logChances }: Batch,
  gradient: Parameters,
): number {
  const { dims } = shape
  const size = targets.length
  const input = placeItems(shape, vectors, parameters.inputMap, parameters.inputIds, contexts)
  const output = placeItems(shape, vectors, parameters.outputMap, parameters.outputIds, targets, negatives)
  const window = { options: shape, ages: { values: parameters.ages } }
  const placesIn = contexts.map((row) => (row < 0 ? -1 : input.placeOf.get(row)!))
  const users = placeUsers(window, input, placesIn, size)
  const scale = Math.exp(parameters.scale[0])
  const byUser = new Float32Array(size * dims)
  const chances = new Float64Array(negatives.length + 1)
  const cosines = new Float64Array(negatives.length + 1)
  // The target comes first, the negatives after it.
  const places = Int32Array.of(0, ...negatives.map((row) => output.placeOf.get(row)!))
  const rows = Int32Array.of(0, ...negatives)
  let loss = 0
  for (let s = 0; s < size; s++) {
    places[0] = output.placeOf.get(targets[s])!
    rows[0] = targets[s]
    let largest = -Infinity
    for (let n = 0; n < rows.length; n++) {
      const cosine = dotAt(users.units, s * dims, output.units.data, places[n] * dims, dims)
      cosines[n] = cosine
      const logit = scale * cosine + parameters.bias[rows[n]]
      chances[n] = n === 0 ? logit : rows[n] === rows[0] ? -Infinity : logit - logChances[n - 1]
      largest = Math.max(largest, chances[n])
    }
    let sum = 0
    for (let n = 0; n < rows.length; n++) sum += Math.exp(chances[n] - largest)
    loss -= (chances[0] - largest - Math.log(sum)) / size
    for (let n = 0; n < rows.length; n++) {
      if (chances[n] === -Infinity) continue
      const byLogit = (Math.exp(chances[n] - largest) / sum - Number(n === 0)) / size
      gradient.bias[rows[n]] += byLogit
      gradient.scale[0] += byLogit * scale * cosines[n]
      const o = places[n] * dims
      for (let k = 0; k < dims; k++) {
        byUser[s * dims + k] += scale * byLogit * output.units.data[o + k]
        output.gradient[o + k] += scale * byLogit * users.units[s * dims + k]
      }
    }
  }
  const byAge = placeUsersGradient(window, input, placesIn, users, byUser, size)
  for (let age = 0; age < byAge.length; age++) gradient.ages[age] += byAge[age]
  addSide(shape, vectors, input, gradient.inputMap, gradient.inputIds)
  addSide(shape, vectors, output, gradient.outputMap, gradient.outputIds)
  return loss
}

/** Distinct items of a batch as placed by one side of the adapter. */
interface Placed {
  rows: Int32Array
  /** Row of the catalogue -> position in `rows`. */
  placeOf: Map<number, number>
  /** Adapter vectors, of unit length. */
  units: Matrix
  /** Their lengths before they were scaled to 1. */
  lengths: Float32Array
  /** Gradient of the loss by the unit vectors; starts at 0. */
  gradient: Float32Array
}

function placeItems(
  { dims, idDims }: Shape,
  vectors: Matrix,
  map: Float32Array,
  ids: Float32Array,
  ...lists: Int32Array[]
): Placed {
  const placeOf = new Map<number, number>()
  for (const list of lists) for (const row of list) if (row >= 0 && !placeOf.has(row)) placeOf.set(row, placeOf.size)
  const rows = Int32Array.from(placeOf.keys())
  const units = createMatrix(rows.length, dims)
  for (let k = 0; k < dims; k++) {
    const column = scanRows(vectors, map.subarray(k * vectors.dims, (k + 1) * vectors.dims), rows)
    for (let i = 0; i < rows.length; i++) units.data[i * dims + k] = column[i]
  }
  const lengths = new Float32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const from = i * dims
    for (let k = 0; k < idDims; k++) units.data[from + k] += ids[rows[i] * idDims + k]
    lengths[i] = Math.sqrt(LEAST_SQUARE + dotAt(units.data, from, units.data, from, dims))
    for (let k = from; k < from + dims; k++) units.data[k] /= lengths[i]
  }
  return { rows, placeOf, units, lengths, gradient: new Float32Array(units.data.length) }
}

/** Carries a side's gradient back and adds it to the gradients of its map and ids. */
function addSide(
  { dims, idDims }: Shape,
  { data, dims: encoderDims }: Matrix,
  { rows, units, lengths, gradient }: Placed,
  map: Float32Array,
  ids: Float32Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    unitGradient(units.data, gradient, i * dims, dims, lengths[i])
    for (let k = 0; k < idDims; k++) ids[rows[i] * idDims + k] += gradient[i * dims + k]
  }
  // Four items at once, since reading and writing the map takes most of the time.
  for (let i = 0; i < rows.length; i += 4) {
    const four = [0, 1, 2, 3].map((n) => Math.min(i + n, rows.length - 1))
    const [a, b, c, d] = four.map((n) => data.subarray(rows[n] * encoderDims, (rows[n] + 1) * encoderDims))
    const gradientAt = (n: number, k: number) => (i + n < rows.length ? gradient[(i + n) * dims + k] : 0)
    for (let k = 0; k < dims; k++) {
      const [ga, gb, gc, gd] = [gradientAt(0, k), gradientAt(1, k), gradientAt(2, k), gradientAt(3, k)]
      const from = k * encoderDims
      for (let j = 0; j < encoderDims; j++) map[from + j] += ga * a[j] + gb * b[j] + gc * c[j] + gd * d[j]
    }
  }
}
