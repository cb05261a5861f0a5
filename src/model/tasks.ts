import type { Catalogue, Strings } from '../columns.js'
import { type CollectedPhrases, collectPhrases } from '../mine/names/collect.js'
import { createCheck, createPause, type Stoppable } from '../threads/run.js'
import { buildGraph, type GraphSeal } from '../vectors/hnsw-index.js'
import { openProductOnce } from '../vectors/onnx-runtime.js'
import { stringAt } from '../vectors/strings.js'
import { type FitColumns, fit } from './fit.js'
import type { Artefacts } from './model.js'

/** Input of the task 'fit', sent to a worker thread. */
export interface FitTask {
  columns: FitColumns
  /** As in FitOptions. */
  spend?: boolean
  seed: number
  /** File that the HNSW graph of the index is written to; null: no graph is built. */
  graphFile: string | null
  /** Memory of the stop flag (`withStop`): the fit stops at the next pause once it is 1. */
  stop: SharedArrayBuffer
}

/** Result of the task 'fit'. */
export interface FitResult {
  artefacts: Artefacts
  /** Size and checksum of the graph file; null where no graph was built or its file could not be written. */
  graph: GraphSeal | null
}

/**
 * The task 'fit': fits artefacts, and builds the graph of their index where they have axes and a file is given. Throws
 * INTERRUPTED where it is stopped.
 */
export async function runFit({ columns, spend, seed, graphFile, stop }: FitTask): Promise<FitResult> {
  const pause = createPause(stop)
  const artefacts = await fit(columns, { seed, product: await openProductOnce(), pause, spend })
  const { vectors, axes } = artefacts
  return { artefacts, graph: axes && graphFile !== null ? await buildGraph({ vectors, axes }, graphFile, pause) : null }
}

/** Input of the task 'phrases'. */
export interface CollectTask {
  /** Text of each catalogue row that phrases are collected from. */
  texts: Strings
  catalogue: Catalogue
}

/** The task 'phrases': collects the phrases that may name interests. Throws INTERRUPTED where it is stopped. */
export function runCollect({ texts, catalogue, stop }: CollectTask & Stoppable): CollectedPhrases {
  return collectPhrases((row) => stringAt(texts, row), catalogue, { check: createCheck(stop) })
}
