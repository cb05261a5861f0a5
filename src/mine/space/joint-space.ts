import type { Matrix, Space } from '../../columns.js'
import { createMatrix, gatherRows, rowOf } from '../../vectors/matrix.js'

export function rowsWith(has: Uint8Array): Int32Array {
  return Int32Array.from(has.keys()).filter((row) => has[row] === 1)
}

/**
 * Items as they are mined: z of the text, then that of each part, then for each part 1 where the item has it. So sums of
 * rows count, too, how many of them have a picture. Of a catalogue of texts: z as it is.
 */
export function gatherJoint(space: Space, rows: ArrayLike<number>): Matrix {
  if (space.parts.length === 0) return gatherRows(space.z, rows)
  const joint = createMatrix(rows.length, jointDims(space))
  for (let i = 0; i < rows.length; i++) writeJoint(space, rows[i], joint.data, i * joint.dims)
  return joint
}

/** The numbers of a row of `gatherJoint`. */
export function jointDims({ dims, parts }: Space): number {
  return parts.reduce((sum, part) => sum + part.dims + 1, dims)
}

/** One row of `gatherJoint`, at to[from..]. */
export function writeJoint(space: Space, row: number, to: Float32Array | Float64Array, from = 0): void {
  let at = writeRow(space.z, row, to, from)
  for (const { z } of space.parts) at = writeRow(z, row, to, at)
  for (const { has } of space.parts) to[at++] = has[row]
}

/** Returns where the row ends. */
function writeRow({ data, dims }: Matrix, row: number, to: Float32Array | Float64Array, at: number): number {
  for (let d = 0, from = row * dims; d < dims; d++) to[at + d] = data[from + d]
  return at + dims
}

/** Rows of `gatherJoint` without the marks at their end: places that can be compared. */
export function placesOf({ parts }: Space, joint: Matrix): Matrix {
  if (parts.length === 0) return joint
  const places = createMatrix(joint.rows, joint.dims - parts.length)
  for (let row = 0; row < joint.rows; row++) rowOf(places, row).set(rowOf(joint, row).subarray(0, places.dims))
  return places
}
