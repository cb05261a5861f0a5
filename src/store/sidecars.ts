import type { Store } from './store.js'

/** Paths of the files beside a store, on the machine that opened it; null for a file that is not made. */
export interface Sidecars {
  /**
   * File of the graph of the search index. It is a cache, built anew where it is missing or does not match the checksum
   * in the store.
   */
  graph: string | null
  /** Folder of the pictures and sounds that came as bytes, named by their checksums. */
  media: string | null
  /** File of the rows that the last build rejected, one JSON document a line. */
  rejected: string | null
}

/**
 * The paths of the files beside a store: `store.beside` with an ending for each. All are null for a store in memory.
 */
export function sidecarsOf({ beside }: Pick<Store, 'beside'>): Sidecars {
  if (beside === null) return { graph: null, media: null, rejected: null }
  return { graph: `${beside}.hnsw`, media: `${beside}.media`, rejected: `${beside}.rejected.jsonl` }
}
