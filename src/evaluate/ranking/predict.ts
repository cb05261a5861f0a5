import { choose, type ListLine, scoreCandidates } from '../../answer/list.js'
import { type AnswerOptions, type Reading, read } from '../../answer/read.js'
import type { Lists } from '../../columns.js'
import { rankOf } from '../../metrics/metrics.js'
import { logLoss } from '../../metrics/reliability.js'
import type { Model } from '../../model/model.js'
import { sigmoid } from '../../rank/scorer.js'
import { joinArrays, joinOffsets } from '../../vectors/join.js'
import { packLists } from '../../vectors/sparse.js'
import type { Question } from '../questions/split.js'
import { intraListDiversity, miscalibration, noveltyOf, popularityLift, sharesOf } from './list-metrics.js'

/** The lists of all questions and their properties, one entry a question; NaN where a property is undefined. */
export interface ListColumns {
  /** Rows of each list, best first. */
  lists: Lists
  /** Probabilities, parallel to `lists.values`. */
  scores: Float64Array
  /** The next four as in `ListTraits`, of each list. */
  diversity: Float64Array
  novelty: Float64Array
  popularityBias: Float64Array
  interestKl: Float64Array
}

/** The answers to questions, as far as they are evaluated: one entry a question. */
export interface Predictions {
  /** Rank of the target among the candidates by score, from 0; ties have their mean rank; Infinity: no candidate. */
  ranks: Float64Array
  /** Sources that found the target, as bits in the order of `CANDIDATE_SOURCES`; 0: none. */
  sources: Uint16Array
  /** Number of candidates. */
  candidates: Int32Array
  /** Log loss summed over the candidates, nats. */
  loss: Float64Array
  /** The list by score alone. */
  byScore: ListColumns
  /** The list as served, with diversity. */
  served: ListColumns
}

/** Options of `predict`. */
export interface PredictOptions {
  /** Places of a list. */
  places: number
  /** Diversity of the list as served, 0..1. */
  diversity: number
  /** Users that the statistics were counted from: novelty is computed from an item's share of them. */
  users: number
}

/**
 * Answers questions by the functions that serve (`src/answer/`): it reads the history, scores the candidates, and
 * chooses the list, once by score alone and once with diversity. "Now" is the time of the newest event of the history.
 * `pause` is awaited before each question and may throw to stop.
 */
export async function predict(
  model: Model,
  questions: readonly Question[],
  options: PredictOptions,
  pause: () => Promise<void>,
): Promise<Predictions> {
  const n = questions.length
  const answers = {
    ranks: new Float64Array(n),
    sources: new Uint16Array(n),
    candidates: new Int32Array(n),
    loss: new Float64Array(n),
  }
  const byScore = openColumns(n)
  const served = openColumns(n)
  for (const [i, question] of questions.entries()) {
    await pause()
    const now = question.history.lastAt.at(-1) ?? Number.NaN
    const reading = read(model, { user: String(question.user), history: question.history, edits: [] }, now)
    const asked = (diversity: number): AnswerOptions => ({
      limit: options.places,
      diversity,
      exclude: new Set(),
      allow: null,
      effects: false,
      language: model.catalogue.language,
      now,
    })
    const scored = scoreCandidates(model, reading, asked(0))
    const { rows, sources } = scored.candidates
    const position = rows.indexOf(question.target)
    const hits = new Uint8Array(rows.length)
    if (position >= 0) hits[position] = 1
    answers.ranks[i] = position < 0 ? Infinity : rankOf(scored.logits, position)
    answers.sources[i] = position < 0 ? 0 : sources[position]
    answers.candidates[i] = rows.length
    answers.loss[i] = logLoss(scored.logits.map(sigmoid), hits) * rows.length
    addList(byScore, i, model, reading, choose(model, reading, scored, asked(0)), options.users)
    addList(served, i, model, reading, choose(model, reading, scored, asked(options.diversity)), options.users)
  }
  return { ...answers, byScore: closeColumns(byScore), served: closeColumns(served) }
}

type OpenColumns = Omit<ListColumns, 'lists' | 'scores'> & { placed: ListLine[][] }

function openColumns(n: number): OpenColumns {
  const column = () => new Float64Array(n).fill(Number.NaN)
  return { placed: [], diversity: column(), novelty: column(), popularityBias: column(), interestKl: column() }
}

function closeColumns({ placed, ...columns }: OpenColumns): ListColumns {
  return {
    ...columns,
    lists: packLists(placed.map((list) => list.map(({ row }) => row))),
    scores: Float64Array.from(placed.flat(), ({ logit }) => sigmoid(logit)),
  }
}

function addList(
  columns: OpenColumns,
  i: number,
  model: Model,
  reading: Reading,
  placed: ListLine[],
  users: number,
): void {
  const rows = placed.map(({ row }) => row)
  const popularity = model.covisits.users
  columns.placed.push(placed)
  columns.diversity[i] = intraListDiversity(rows, model.vectors)
  columns.novelty[i] = noveltyOf(rows, popularity, users)
  columns.popularityBias[i] = popularityLift(rows, reading.history.rows, popularity)
  columns.interestKl[i] = compareInterests(reading, placed)
}

/** Miscalibration of a list to the interests; NaN where the history has no interest or the list is empty. */
function compareInterests(reading: Reading, placed: readonly ListLine[]): number {
  const { interests } = reading.profile()
  if (interests.length === 0 || placed.length === 0) return Number.NaN
  const weights = interests.map(({ weight }) => weight)
  const none = Math.max(0, 1 - weights.reduce((sum, weight) => sum + weight, 0))
  const places = placed.map(({ interest }) => interest)
  return miscalibration([...weights, none], sharesOf(places, interests.length))
}

/** Joins the answers of several tasks, in order. */
export function joinPredictions(parts: readonly Predictions[]): Predictions {
  return {
    ranks: joinArrays(Float64Array, parts, (part) => part.ranks),
    sources: joinArrays(Uint16Array, parts, (part) => part.sources),
    candidates: joinArrays(Int32Array, parts, (part) => part.candidates),
    loss: joinArrays(Float64Array, parts, (part) => part.loss),
    byScore: joinColumns(parts.map(({ byScore }) => byScore)),
    served: joinColumns(parts.map(({ served }) => served)),
  }
}

function joinColumns(parts: readonly ListColumns[]): ListColumns {
  return {
    lists: {
      offsets: joinOffsets(parts.map(({ lists }) => lists.offsets)),
      values: joinArrays(Int32Array, parts, (part) => part.lists.values),
    },
    scores: joinArrays(Float64Array, parts, (part) => part.scores),
    diversity: joinArrays(Float64Array, parts, (part) => part.diversity),
    novelty: joinArrays(Float64Array, parts, (part) => part.novelty),
    popularityBias: joinArrays(Float64Array, parts, (part) => part.popularityBias),
    interestKl: joinArrays(Float64Array, parts, (part) => part.interestKl),
  }
}

/** Rank of each target in its list, from 0; Infinity: not listed. */
export function targetRanks({ lists }: ListColumns, targets: Int32Array): Float64Array {
  return Float64Array.from(targets, (target, i) => {
    const place = lists.values.subarray(lists.offsets[i], lists.offsets[i + 1]).indexOf(target)
    return place < 0 ? Infinity : place
  })
}
