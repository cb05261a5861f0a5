import type { Matrix, Space } from '../../columns.js'
import { createMatrix, gatherRows, rowOf } from '../../vectors/matrix.js'

/** Ascending indices at which `has` is 1. */
export function rowsWith(has: Uint8Array): Int32Array {
  return Int32Array.from(has.keys()).filter((row) => has[row] === 1)
}

/**
 * Joint rows of catalogue rows, one each in the order given: z of the text, then z of each part of the space, then for
 * each part 1 where the item has it, else 0. In sums of joint rows these last numbers count the items that have a
 * picture or sound. In a catalogue of texts this is z.
 */
export function gatherJoint(space: Space, rows: ArrayLike<number>): Matrix {
  if (space.parts.length === 0) return gatherRows(space.z, rows)
  const joint = createMatrix(rows.length, jointDims(space))
  for (let i = 0; i < rows.length; i++) writeJoint(space, rows[i], joint.data, i * joint.dims)
  return joint
}

/** Length of a joint row of `gatherJoint`. */
export function jointDims({ dims, parts }: Space): number {
  return parts.reduce((sum, part) => sum + part.dims + 1, dims)
}

/** Writes the joint row of one catalogue row to `to`, from index `from` on. */
export function writeJoint(space: Space, row: number, to: Float32Array | Float64Array, from = 0): void {
  let at = writeRow(space.z, row, to, from)
  for (const { z } of space.parts) at = writeRow(z, row, to, at)
  for (const { has } of space.parts) to[at++] = has[row]
}

/** Copies a row of a matrix to `to[at..]`; returns the index after it. */
function writeRow({ data, dims }: Matrix, row: number, to: Float32Array | Float64Array, at: number): number {
  for (let d = 0, from = row * dims; d < dims; d++) to[at + d] = data[from + d]
  return at + dims
}

/**
 * Joint rows without the 0/1 marks at their end: vectors that can be compared. Returns the same matrix where the space
 * has no parts.
 */
export function placesOf({ parts }: Space, joint: Matrix): Matrix {
  if (parts.length === 0) return joint
  const places = createMatrix(joint.rows, joint.dims - parts.length)
  for (let row = 0; row < joint.rows; row++) rowOf(places, row).set(rowOf(joint, row).subarray(0, places.dims))
  return places
}
