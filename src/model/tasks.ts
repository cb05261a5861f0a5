import type { Catalogue, Strings } from '../columns.js'
import { type CollectedPhrases, collectPhrases } from '../mine/names/collect.js'
import { createCheck, createPause, type Stoppable } from '../threads/run.js'
import { buildGraph, type GraphSeal } from '../vectors/hnsw-index.js'
import { openProductOnce } from '../vectors/onnx-runtime.js'
import { stringAt } from '../vectors/strings.js'
import { type FitColumns, fit } from './fit.js'
import type { Artefacts } from './model.js'

/** Shares the fit with a worker thread: what is sent, and what comes back. */
export interface FitTask {
  columns: FitColumns
  /** As in FitOptions. */
  spend?: boolean
  seed: number
  /** Where the graph of the search index is written; null: none is made. */
  graphFile: string | null
  /** Set to 1 from outside: stop at the next pause. */
  stop: SharedArrayBuffer
}

export interface FitResult {
  artefacts: Artefacts
  graph: GraphSeal | null
}

export async function runFit({ columns, spend, seed, graphFile, stop }: FitTask): Promise<FitResult> {
  const pause = createPause(stop)
  const artefacts = await fit(columns, { seed, product: await openProductOnce(), pause, spend })
  const { vectors, axes } = artefacts
  return { artefacts, graph: axes && graphFile !== null ? await buildGraph({ vectors, axes }, graphFile, pause) : null }
}

export interface CollectTask {
  texts: Strings
  catalogue: Catalogue
}

export function collectFrom({ texts, catalogue, stop }: CollectTask & Stoppable): CollectedPhrases {
  return collectPhrases((row) => stringAt(texts, row), catalogue, { check: createCheck(stop) })
}
