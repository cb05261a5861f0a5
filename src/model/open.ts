import { createCellIndex } from '../vectors/cell-index.js'
import { createExactIndex } from '../vectors/exact-index.js'
import { type GraphSeal, openGraph } from '../vectors/hnsw-index.js'
import { type Artefacts, type Model, orderByPopularity } from './model.js'

/** Options of `openModel`. */
export interface OpenModelOptions {
  /** Rows added or changed since the artefacts were fitted, ascending; left out: none. */
  loose?: Int32Array
  /** The file of the index's HNSW graph, and its checksum; left out or null: there is none. */
  graph?: { file: string; seal: GraphSeal } | null
}

/**
 * Makes a model from artefacts, with an index over their vectors: by cells where the artefacts have cells, else by the
 * graph where its file matches its checksum, else by comparing with every row. Artefacts are not copied.
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
