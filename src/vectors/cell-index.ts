import type { VectorIndex, Vectors } from '../columns.js'
import type { Cells } from './cells.js'
import { scanRows } from './scan.js'
import { listAt } from './sparse.js'
import { createTopK, topOf } from './top-k.js'

/**
 * Cells that a search looks through first. Where they hold too few rows that may be returned, it goes on with four
 * times as many, and so on.
 */
const PROBES = 48
const WIDER = 4

/**
 * An index that searches only the cells whose centroids are nearest to the query; approximate where not all cells are
 * visited. `removed`: 1 for each row that is never returned. `loose`: rows that are newer than the cells, or changed
 * since; each search compares them all.
 */
export function createCellIndex(
  vectors: Vectors,
  { centroids, members }: Cells,
  removed: Uint8Array,
  loose: Int32Array,
): VectorIndex {
  const isLoose = new Uint8Array(vectors.rows)
  for (const row of loose) isLoose[row] = 1
  const search: VectorIndex['search'] = (vector, k, allow) => {
    const order = topOf(scanRows(centroids, vector), centroids.rows).rows
    const top = createTopK(k)
    let found = 0
    const look = (rows: Int32Array) => {
      const similarities = scanRows(vectors, vector, rows)
      for (let i = 0; i < rows.length; i++) {
        if (removed[rows[i]] || (allow && !allow(rows[i]))) continue
        found++
        top.offer(rows[i], similarities[i])
      }
    }
    look(loose)
    for (let from = 0, to = PROBES; from < order.length && (from === 0 || found < k); from = to, to *= WIDER) {
      for (const cell of order.subarray(from, to)) look(listAt(members, cell).filter((row) => !isLoose[row]))
    }
    const { rows, values } = top.take()
    return { rows, similarities: Float32Array.from(values) }
  }
  return { kind: 'cells', size: vectors.rows, search }
}
