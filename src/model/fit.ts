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

/** Input of `fit`: the catalogue, its encoded texts, and what users did. Each matrix of items has one row an item. */
export interface FitColumns {
  catalogue: Catalogue
  /** Unit vectors of the full texts by the encoder. They are used for retrieval and ranking. */
  full: Matrix
  /** Unit vectors of the short texts by the encoder. They are used for mining interests. */
  short: Matrix
  /** Vectors of pictures and of sounds, for each modality that some item has; left out where no item has any. */
  modalities?: ModalityVectors[]
  /** Catalogue rows that each user liked, distinct, oldest first; one list a user. */
  histories: Lists
  /** Time of each entry of `histories.values` in ms, NaN where unknown. */
  at: Float64Array
  /** Phrases that may name interests (`collectPhrases`). */
  phrases: CollectedPhrases
  /** Unit vectors of `phrases.texts` by the encoder, one row a phrase. */
  phraseVectors: Matrix
  /** Precision in which vectors and adapter are kept; default int8. */
  precision?: Precision
  /** Stored with the artefacts as it is; `fit` does not train it. */
  scorer: Scorer
  /**
   * An adapter that was trained before; null where there is none. `from[i]`: its row for the item at row i of the
   * catalogue, -1 where it does not know the item.
   */
  trained: { adapter: Adapter; from: Int32Array } | null
  /** Topics of the generation before, which are continued; left out or null: all topics are new. */
  topics?: EarlierTopics | null
}

/** Options of `fit`. */
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
 * Computes all artefacts of a generation: statistics of behaviour, centred vectors, neighbours, the space of interests,
 * phrases, topics, and the confidence model. Scorer and adapter are taken over, not trained. The same columns and seed
 * give the same bytes. The input is not changed, except `full` where `spend` is set. Rejects with what `pause` throws.
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
