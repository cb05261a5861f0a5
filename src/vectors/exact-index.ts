import type { VectorIndex, Vectors } from '../columns.js'
import { scanRows } from './scan.js'
import { createTopK } from './top-k.js'

/**
 * An index that scans every row: exact and without a build, the faster choice for small catalogues and narrow filters.
 * `removed`: 1 for each row that is never returned.
 */
export function createExactIndex(vectors: Vectors, removed?: Uint8Array): VectorIndex {
  return {
    kind: 'exact',
    size: vectors.rows,
    search(vector, k, allow) {
      const top = createTopK(k)
      const similarities = scanRows(vectors, vector)
      for (let row = 0; row < vectors.rows; row++) {
        if (removed?.[row] || !top.wouldKeep(row, similarities[row]) || (allow && !allow(row))) continue
        top.offer(row, similarities[row])
      }
      const { rows, values } = top.take()
      return { rows, similarities: Float32Array.from(values) }
    },
  }
}
