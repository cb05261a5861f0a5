import type { Store } from './store.js'

/** Files that lie beside a store, on the machine that opened it; null: this one is not made. */
export interface Sidecars {
  /** The graph of the search index. A cache: it is made anew where it is missing or another than the store says. */
  graph: string | null
  /** The folder of pictures and sounds that came as bytes, by their checksum. */
  media: string | null
  /** Rows that the last build set aside, one JSON document a line. */
  rejected: string | null
}

/** Where the files beside a store lie: its path with an ending each. A store that lies nowhere has none. */
export function sidecarsOf({ beside }: Pick<Store, 'beside'>): Sidecars {
  if (beside === null) return { graph: null, media: null, rejected: null }
  return { graph: `${beside}.hnsw`, media: `${beside}.media`, rejected: `${beside}.rejected.jsonl` }
}
