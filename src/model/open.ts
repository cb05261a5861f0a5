import { createCellIndex } from '../vectors/cell-index.js'
import { createExactIndex } from '../vectors/exact-index.js'
import { type GraphSeal, openGraph } from '../vectors/hnsw-index.js'
import { type Artefacts, type Model, orderByPopularity } from './model.js'

/** What a model is opened with beside its artefacts. */
export interface OpenModelOptions {
  /** Rows added or changed since the artefacts were fitted, ascending; left out: none. */
  loose?: Int32Array
  /** The file of the search index's graph, and what is known of it; left out or null: there is none. */
  graph?: { file: string; seal: GraphSeal } | null
}

/**
 * Artefacts as a model that answers: with an index over their vectors, by cells where they have some, else by the graph
 * where its file is the one that was built, else by comparing with every row. Artefacts are not copied.
 */
export function openModel(
  artefacts: Artefacts,
  { loose = new Int32Array(0), graph = null }: OpenModelOptions = {},
): Model {
  const { vectors, catalogue, covisits, cells, axes } = artefacts
  const index = cells
    ? createCellIndex(vectors, cells, catalogue.removed, loose)
    : graph && axes && openGraph(graph.file, graph.seal, { vectors, axes }, catalogue.removed, loose)
  return {
    ...artefacts,
    index: index ?? createExactIndex(vectors, catalogue.removed),
    loose,
    byPopularity: orderByPopularity(catalogue, covisits.users),
  }
}
