import { createCellIndex } from '../vectors/cell-index.js'
import { createExactIndex } from '../vectors/exact-index.js'
import { type GraphSeal, openGraph } from '../vectors/hnsw-index.js'
import { type Artefacts, type Model, orderByPopularity } from './model.js'

export function openModel(artefacts: Artefacts, graphFile: string, graph: GraphSeal | null): Model {
  const { vectors, catalogue, covisits, cells, axes } = artefacts
  const loose = new Int32Array(0)
  const index = cells
    ? createCellIndex(vectors, cells, catalogue.removed, loose)
    : graph && axes && openGraph(graphFile, graph, { vectors, axes }, catalogue.removed, loose)
  return {
    ...artefacts,
    index: index ?? createExactIndex(vectors, catalogue.removed),
    loose,
    byPopularity: orderByPopularity(catalogue, covisits.users),
  }
}
