import { type Adapter, carryAdapter, keepAdapterAs } from '../adapt/adapter.js'
import type { Catalogue, Lists, Matrix, ModalityVectors } from '../columns.js'
import { fitConfidence } from '../mine/fit-confidence.js'
import type { CollectedPhrases } from '../mine/names/collect.js'
import { fitPhrases } from '../mine/names/fit-phrases.js'
import { fitJointSpace } from '../mine/space/fit-joint-space.js'
import { type EarlierTopics, fitTopics } from '../mine/topics/fit-topics.js'
import type { Scorer } from '../rank/scorer.js'
import { findNeighboursByCells } from '../retrieve/cell-neighbours.js'
import { findNeighbours, NEIGHBOURS } from '../retrieve/neighbours.js'
import { countStatistics } from '../retrieve/statistics.js'
import type { Precision } from '../types/options.js'
import { findGraphAxes, HNSW_FROM } from '../vectors/axes.js'
import { CELLS_FROM, formCells } from '../vectors/cells.js'
import { centreVector, findCentre } from '../vectors/centre.js'
import { rowOf } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { DEFAULT_PRECISION, toPrecision } from '../vectors/precision.js'
import { type FittedModality, fitModality } from './media-vectors.js'
import type { Artefacts } from './model.js'

// ---------------------------------------------------------------- fit

export interface FitColumns {
  catalogue: Catalogue
  /** Encoded full and short texts, one row an item. */
  full: Matrix
  short: Matrix
  /** Vectors of pictures and sounds, those that some item has; left out: none has any. */
  modalities?: ModalityVectors[]
  /** Distinct positive items of each user, oldest first, and when (ms, NaN unknown) alongside their values. */
  histories: Lists
  at: Float64Array
  phrases: CollectedPhrases
  phraseVectors: Matrix
  /** How vectors and adapter are kept; default int8. */
  precision?: Precision
  scorer: Scorer
  /** Trained before, and where each row of the catalogue stood in it (-1: nowhere). */
  trained: { adapter: Adapter; from: Int32Array } | null
  /** Topics of the generation before, which go on; left out: all are new. */
  topics?: EarlierTopics | null
}

export interface FitOptions {
  /** Of everything random, a whole number; default 1. */
  seed?: number
  /** Dense products by ONNX Runtime; null (default): by loops, slower. */
  product?: Product | null
  /** Awaited at least ten times a second: lets the host's other work go on, or throws to stop. Default: neither. */
  pause?: () => Promise<void>
  /** Writes over `full` instead of copying it: a large catalogue has no room for both. */
  spend?: boolean
}

/**
 * Everything that is learnt from a catalogue and its behaviour. Pure, but where columns may be spent: the same columns
 * and seed give the same bytes.
 */
export async function fit(
  columns: FitColumns,
  { seed = 1, product = null, pause = async () => {}, spend = false }: FitOptions = {},
): Promise<Artefacts> {
  const { catalogue, full, short, histories, phrases, phraseVectors, scorer, trained } = columns
  const { precision = DEFAULT_PRECISION } = columns
  const statistics = countStatistics(histories, columns.at, catalogue)
  await pause()
  const centre = findCentre(full)
  const centred: Matrix = { ...full, data: spend ? full.data : full.data.slice() }
  for (let row = 0; row < centred.rows; row++) centreVector(rowOf(centred, row), centre)
  const cells = centred.rows < CELLS_FROM ? null : await formCells(centred, product, pause)
  const neighbours = cells
    ? await findNeighboursByCells(centred, cells, NEIGHBOURS, product, pause)
    : await findNeighbours(centred, product, pause)
  const vectors = toPrecision(centred, precision)
  const axes = cells || vectors.rows < HNSW_FROM ? null : await findGraphAxes(vectors, seed, pause)
  const adapter = trained && keepAdapterAs(carryAdapter(trained.adapter, vectors, trained.from), precision)
  const media = columns.modalities ?? []
  const modalities: FittedModality[] = []
  for (const one of media) modalities.push(await fitModality(one, product, pause))
  const space = await fitJointSpace({ text: short, modalities: media, histories, seed, pause })
  await pause()
  const named = await fitPhrases(phrases, phraseVectors, short, seed, pause)
  await pause()
  const topics = await fitTopics({ catalogue, space, phrases: named, seed, earlier: columns.topics, pause })
  const confidence = await fitConfidence({
    histories,
    model: { catalogue, space, phrases: named, topics },
    seed,
    pause,
  })
  const mined = { catalogue, space, phrases: named, topics, confidence }
  return { ...mined, vectors, centre, axes, modalities, ...statistics, neighbours, cells, scorer, adapter }
}
