import type { Matrix } from '../columns.js'
import { type Cells, invertLists, nearestCells } from '../vectors/cells.js'
import { gatherRows, plainProduct } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { listAt } from '../vectors/sparse.js'
import type { Neighbours } from './neighbours.js'

/** Cells that each row looks through: finds .98 of the 50 nearest of 12,101 products (bench/cells.mjs). */
const PROBES = 20
/** Rows that look through one cell between two pauses. */
const BLOCK = 512

/**
 * The nearest neighbours of every row among the rows of the cells nearest to it: each is truly as near as it says, few
 * of the nearest are missed. Cell by cell, all rows that look through one at once.
 */
export async function findNeighboursByCells(
  vectors: Matrix,
  { centroids, members }: Cells,
  k: number,
  product: Product | null,
  pause: () => Promise<void>,
): Promise<Neighbours> {
  const multiply = product ?? plainProduct
  const found: Neighbours = {
    k,
    rows: new Int32Array(vectors.rows * k).fill(-1),
    similarities: new Float32Array(vectors.rows * k).fill(-Infinity),
  }
  const probes = Math.min(PROBES, centroids.rows)
  const askers = invertLists(await nearestCells(vectors, centroids, probes, product, pause), probes, centroids.rows)
  for (let cell = 0; cell < centroids.rows; cell++) {
    const own = listAt(members, cell)
    if (own.length === 0) continue
    const asked = gatherRows(vectors, own)
    const asking = listAt(askers, cell)
    for (let from = 0; from < asking.length; from += BLOCK) {
      await pause()
      const rows = asking.subarray(from, from + BLOCK)
      const similarities = await multiply(gatherRows(vectors, rows), asked)
      for (let i = 0; i < rows.length; i++) {
        keepNearest(found, rows[i], own, similarities.subarray(i * own.length, (i + 1) * own.length))
      }
    }
  }
  for (let i = 0; i < found.rows.length; i++) if (found.rows[i] < 0) found.similarities[i] = 0
  return found
}

/** Puts others into the list of a row where they belong: best first, ties to the smaller row. */
function keepNearest(
  { k, rows, similarities }: Neighbours,
  row: number,
  others: Int32Array,
  values: Float32Array,
): void {
  const first = row * k
  const last = first + k - 1
  let least = similarities[last]
  for (let j = 0; j < others.length; j++) {
    const value = values[j]
    if (value < least) continue
    const other = others[j]
    if (other === row || (value === least && rows[last] >= 0 && rows[last] < other)) continue
    let at = last
    for (; at > first; at--) {
      const before = similarities[at - 1]
      if (before > value || (before === value && rows[at - 1] < other)) break
      similarities[at] = before
      rows[at] = rows[at - 1]
    }
    similarities[at] = value
    rows[at] = other
    least = similarities[last]
  }
}
