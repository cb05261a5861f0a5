import { type Adapter, carryAdapter, keepAdapterAs } from '../adapt/adapter.js'
import { type AnswerInput, type AnswerOptions, gather, list, placeRows, read } from '../answer/read.js'
import { type ListAnswer, profileAnswer, tell, tellList } from '../answer/tell.js'
import { fitConfidence } from '../mine/fit-confidence.js'
import { type CollectedPhrases, fitPhrases } from '../mine/names/phrases.js'
import { fitJointSpace } from '../mine/space/fit-joint-space.js'
import { type EarlierTopics, fitTopics } from '../mine/topics/topics.js'
import type { Scorer } from '../rank/scorer.js'
import { findNeighboursByCells } from '../retrieve/cell-neighbours.js'
import { findNeighbours, NEIGHBOURS } from '../retrieve/neighbours.js'
import { countStatistics } from '../retrieve/statistics.js'
import type { Catalogue, InterestsAnswer, Lists, Matrix, ModalityVectors, Precision } from '../types.js'
import { findAxes, HNSW_FROM } from '../vectors/axes.js'
import { CELLS_FROM, formCells } from '../vectors/cells.js'
import { centreVector, findCentre } from '../vectors/centre.js'
import { rowOf } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { DEFAULT_PRECISION, keepAs } from '../vectors/precision.js'
import { type FittedModality, fitModality } from './media-vectors.js'
import type { Artefacts, Model } from './model.js'

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
  seed: number
  product: Product | null
  /** Awaited at least ten times a second: lets the host breathe, or throws to stop. */
  pause: () => Promise<void>
  /** Writes over `full` instead of copying it: a large catalogue has no room for both. */
  spend?: boolean
}

/**
 * Everything that is learnt from a catalogue and its behaviour. Pure, but where columns may be spent: the same columns
 * and seed give the same bytes.
 */
export async function fit(
  columns: FitColumns,
  { seed, product, pause, spend = false }: FitOptions,
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
  const vectors = keepAs(centred, precision)
  const axes = cells || vectors.rows < HNSW_FROM ? null : await findAxes(vectors, seed, pause)
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

// ---------------------------------------------------------------- answer

export function answerList(model: Model, input: AnswerInput, options: AnswerOptions): ListAnswer {
  const reading = read(model, input, options.now)
  return tellList(model, reading, list(model, reading, options), options)
}

export function answerInterests(
  model: Model,
  input: AnswerInput & { user: string },
  { now, language }: Pick<AnswerOptions, 'now' | 'language'>,
): InterestsAnswer {
  return profileAnswer(model, read(model, input, now), input.user, language)
}

/** The whole answer for one user: interests and list from one reading of the history. */
export function answer(
  model: Model,
  input: AnswerInput & { user: string },
  options: AnswerOptions,
): InterestsAnswer & ListAnswer {
  const reading = read(model, input, options.now)
  return {
    ...profileAnswer(model, reading, input.user, options.language),
    ...tellList(model, reading, list(model, reading, options), options),
  }
}

/**
 * The caller's own candidates (distinct rows) by score, ties by row, the best `limit` of them. What a list would leave
 * out, seen or muted, is scored and told like any other.
 */
export function answerRank(
  model: Model,
  input: AnswerInput,
  rows: readonly number[],
  options: AnswerOptions,
): ListAnswer {
  const reading = read(model, input, options.now)
  const gathered = gather(model, reading, options, 0)
  const logits = reading.scoreOf(rows)
  const order = [...rows.keys()].sort((a, b) => logits[b] - logits[a] || rows[a] - rows[b])
  const best = order.slice(0, options.limit).map((i) => rows[i])
  const placed = placeRows(model, reading, best, gathered)
  const kind = input.user === null ? 'guest' : gathered.personal ? 'personal' : 'popular'
  return { kind, recommendations: tell(model, reading, placed, options, gathered.personal) }
}
