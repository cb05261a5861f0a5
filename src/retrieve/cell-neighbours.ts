import type { Matrix } from '../columns.js'
import { type Cells, invertLists, nearestCells } from '../vectors/cells.js'
import { gatherRows, plainProduct } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { listAt } from '../vectors/sparse.js'
import type { Neighbours } from './neighbours.js'

/** Cells searched for each row. With 20, .98 of the 50 nearest of 12,101 products are found (bench/cells.mjs). */
const PROBES = 20
/** Rows compared with one cell between two pauses. */
const BLOCK = 512

/**
 * Approximate nearest neighbours of every row, by searching the cells nearest to it (an inverted file index: Jégou,
 * Douze and Schmid 2011). Similarities are exact; a few of the nearest rows may be missed. `vectors`: unit rows; `k`:
 * neighbours for each row, -1 where fewer are found; `product`: native matrix product, null for plain loops. Work is
 * done cell by cell; `pause` is awaited between blocks and stops the search where it throws.
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
  const queriesByCell = invertLists(
    await nearestCells(vectors, centroids, probes, product, pause),
    probes,
    centroids.rows,
  )
  for (let cell = 0; cell < centroids.rows; cell++) {
    const own = listAt(members, cell)
    if (own.length === 0) continue
    const cellVectors = gatherRows(vectors, own)
    const queryRows = listAt(queriesByCell, cell)
    for (let from = 0; from < queryRows.length; from += BLOCK) {
      await pause()
      const rows = queryRows.subarray(from, from + BLOCK)
      const similarities = await multiply(gatherRows(vectors, rows), cellVectors)
      for (let i = 0; i < rows.length; i++) {
        keepNearest(found, rows[i], own, similarities.subarray(i * own.length, (i + 1) * own.length))
      }
    }
  }
  for (let i = 0; i < found.rows.length; i++) if (found.rows[i] < 0) found.similarities[i] = 0
  return found
}

/** Inserts others into the list of a row: best first, ties to the smaller row. */
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
