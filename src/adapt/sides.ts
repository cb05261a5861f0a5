import type { Matrix } from '../columns.js'
import { type AdamStep, adam, adamRows, type Parameter, type RowParameter } from '../vectors/adam.js'
import { gatherRows } from '../vectors/matrix.js'
import type { Kernels } from './kernels.js'
import type { State } from './state.js'

/** Items of a batch as placed by one side of the adapter. */
export interface Side {
  /** Their rows in the catalogue. */
  rows: Int32Array
  /** Their encoder vectors. */
  encoded: Matrix
  /** Their adapter vectors, of unit length. */
  units: Matrix
  /** Lengths of these before they were scaled to 1. */
  lengths: Float32Array
  /** Gradient of the loss by the unit vectors; starts at 0. */
  gradient: Float32Array
}

/**
 * Places items by one side of the adapter: unit(encoder vector times map, plus id). `map`: dims x encoder's dims;
 * `ids`: one row an item of the catalogue.
 */
export async function placeSide(
  state: State,
  kernels: Kernels,
  rows: Int32Array,
  map: Parameter,
  ids: RowParameter,
): Promise<Side> {
  const { dims } = state.options
  const { vectors } = state
  const encoded = gatherRows(vectors, rows)
  const y = await kernels.timesTransposed(encoded, { data: map.values, rows: dims, dims: vectors.dims })
  const lengths = new Float32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const id = rows[i] * dims
    let square = LEAST_SQUARE
    for (let k = i * dims, j = id; j < id + dims; k++, j++) {
      y[k] += ids.values[j]
      square += y[k] * y[k]
    }
    lengths[i] = Math.sqrt(square)
    for (let k = i * dims; k < (i + 1) * dims; k++) y[k] /= lengths[i]
  }
  const units = { data: y, rows: rows.length, dims }
  return { rows, encoded, units, lengths, gradient: new Float32Array(y.length) }
}

/** Added to a squared length, so that a vector of length 0 may be divided by its length. */
export const LEAST_SQUARE = 1e-6

/** Carries a side's gradient back to its map and ids and takes an Adam step on both. Overwrites `side.gradient`. */
export async function updateSide(
  kernels: Kernels,
  side: Side,
  map: Parameter,
  ids: RowParameter,
  step: AdamStep,
): Promise<void> {
  const { units, lengths, gradient, encoded, rows } = side
  const { dims } = units
  for (let i = 0; i < rows.length; i++) unitGradient(units.data, gradient, i * dims, dims, lengths[i])
  const y = await kernels.transposedTimes({ data: gradient, rows: rows.length, dims }, encoded)
  adam(map, 0, y, 0, y.length, step)
  adamRows(ids, rows, gradient, step)
}

/**
 * Turns the gradient by x / |x| at gradient[from .. from + dims] into the gradient by x, in place. `units`: the unit
 * vectors, at the same positions; `length`: |x|.
 */
export function unitGradient(
  units: Float32Array,
  gradient: Float32Array,
  from: number,
  dims: number,
  length: number,
): void {
  let along = 0
  for (let k = from; k < from + dims; k++) along += gradient[k] * units[k]
  for (let k = from; k < from + dims; k++) gradient[k] = (gradient[k] - along * units[k]) / length
}
