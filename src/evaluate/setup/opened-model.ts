import type { Artefacts, Model } from '../../model/model.js'
import { openModel } from '../../model/open.js'
import type { GraphSeal } from '../../vectors/hnsw-index.js'

/** A fitted model as it is sent to a thread. Tasks that send the same `graphFile` send the same artefacts and graph. */
export interface SentModel {
  /** In shared memory, so that sending copies nothing. */
  artefacts: Artefacts
  /** Path of the HNSW graph of this fit. */
  graphFile: string
  /** Checksum by which that file is verified before it is loaded; null where the model has no graph. */
  graph: GraphSeal | null
}

let opened: { graphFile: string; model: Model } | undefined

/** The model, ready to answer. It is opened once and kept for later tasks of this thread with the same `graphFile`. */
export function openOnce({ artefacts, graphFile, graph }: SentModel): Model {
  if (opened?.graphFile !== graphFile) {
    const seal = graph && { file: graphFile, seal: graph }
    opened = { graphFile, model: openModel(artefacts, { graph: seal }) }
  }
  return opened.model
}

/** Drops the model that `openOnce` keeps, so that its memory can be freed. */
export function releaseModel(): void {
  opened = undefined
}
