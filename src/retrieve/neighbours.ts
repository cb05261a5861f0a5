import type { Matrix, Vectors } from '../columns.js'
import { dotRows, plainProduct } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { createTopK } from '../vectors/top-k.js'

/** Neighbours kept for each item. */
export const NEIGHBOURS = 50

/** Number of nearest neighbours by text through which co-visits are passed on (S in docs/scoring.md). */
export const CARRIERS = 20
/** Cosine at or below which a neighbour passes on nothing. */
export const CARRY_FLOOR = 0.4

/** Rows compared between two pauses, with a native product and with plain loops. */
const BLOCK = 256
const PLAIN_BLOCK = 16

/**
 * The most similar items of each item: those of row i are rows[i * k .. i * k + k], best first, -1 where there are
 * fewer, with their cosines.
 */
export interface Neighbours {
  k: number
  rows: Int32Array
  similarities: Float32Array
}

/**
 * Exact nearest neighbours of every row, NEIGHBOURS or as many as there are. `vectors`: unit rows; `product`: native
 * matrix product, null for plain loops. `pause` is awaited between blocks and stops the search where it throws.
 */
export async function findNeighbours(
  vectors: Matrix,
  product: Product | null,
  pause: () => Promise<void>,
): Promise<Neighbours> {
  const k = Math.min(NEIGHBOURS, Math.max(0, vectors.rows - 1))
  const found: Neighbours = {
    k,
    rows: new Int32Array(vectors.rows * k).fill(-1),
    similarities: new Float32Array(vectors.rows * k),
  }
  const step = product ? BLOCK : PLAIN_BLOCK
  for (let start = 0; start < vectors.rows; start += step) {
    await pause()
    const rows = Math.min(step, vectors.rows - start)
    const { dims } = vectors
    const block = { data: vectors.data.subarray(start * dims, (start + rows) * dims), rows, dims }
    const similarities = product ? await product(block, vectors) : plainProduct(block, vectors)
    for (let i = 0; i < rows; i++)
      keepBest(found, start + i, similarities.subarray(i * vectors.rows, (i + 1) * vectors.rows))
  }
  return found
}

/** Writes the best neighbours of one row. */
function keepBest(found: Neighbours, row: number, similarities: Float32Array): void {
  const top = createTopK(found.k)
  for (let j = 0; j < similarities.length; j++) if (j !== row) top.offer(j, similarities[j])
  const { rows, values } = top.take()
  found.rows.set(rows, row * found.k)
  found.similarities.set(values, row * found.k)
}

/**
 * Calls `visit(row, similarity)` for about `most` nearest neighbours of `row`. `loose`: rows that came or changed since
 * the neighbours were found; they are compared now, and may be visited beyond `most`.
 */
export function forEachNeighbour(
  neighbours: Neighbours,
  vectors: Vectors,
  loose: Int32Array,
  row: number,
  most: number,
  visit: (row: number, similarity: number) => void,
): void {
  const { k } = neighbours
  if (loose.includes(row)) {
    const top = createTopK(Math.min(most, NEIGHBOURS))
    for (let j = 0; j < vectors.rows; j++) if (j !== row) top.offer(j, dotRows(vectors, row, vectors, j))
    const { rows, values } = top.take()
    for (let i = 0; i < rows.length; i++) visit(rows[i], values[i])
    return
  }
  const end = Math.min(most, k)
  for (let i = 0; i < end; i++) {
    const other = neighbours.rows[row * k + i]
    if (other >= 0 && !(loose.length > 0 && loose.includes(other))) visit(other, neighbours.similarities[row * k + i])
  }
  if (loose.length === 0) return
  const last = end > 0 ? neighbours.similarities[row * k + end - 1] : -1
  for (const other of loose) {
    const similarity = dotRows(vectors, row, vectors, other)
    if (other !== row && (similarity > last || end < most)) visit(other, similarity)
  }
}
