import type { Artefacts, Model } from '../../model/model.js'
import { openModel } from '../../model/open.js'
import type { GraphSeal } from '../../vectors/hnsw-index.js'

/** A fitted model as it is sent to a thread. The same `graphFile` means the same artefacts and graph. */
export interface SentModel {
  artefacts: Artefacts
  graphFile: string
  graph: GraphSeal | null
}

let opened: { graphFile: string; model: Model } | undefined

/** The model, opened once for all tasks of this thread that send the same. */
export function openOnce({ artefacts, graphFile, graph }: SentModel): Model {
  if (opened?.graphFile !== graphFile) {
    const seal = graph && { file: graphFile, seal: graph }
    opened = { graphFile, model: openModel(artefacts, { graph: seal }) }
  }
  return opened.model
}

/** Lets go of the model that `openOnce` holds. */
export function releaseModel(): void {
  opened = undefined
}
