import { type Adapter, carryAdapter } from './adapt/adapter.js'
import { type CounterfactualResult, findCounterfactual } from './explain/counterfactual.js'
import { type CollectedPhrases, fitPhrases } from './mine/phrases.js'
import { fitSpace } from './mine/space.js'
import { type EarlierTopics, fitTopics } from './mine/topics.js'
import type { Artefacts, Model } from './model.js'
import type { Scorer } from './rank/scorer.js'
import {
  type AnswerInput,
  type AnswerOptions,
  gather,
  type Listing,
  list,
  placeRows,
  type Reading,
  read,
  readWithout,
} from './reading.js'
import { findNeighbours } from './retrieve/neighbours.js'
import { countStatistics } from './retrieve/statistics.js'
import { profileAnswer, tell } from './telling.js'
import type { Catalogue, ExplainItemAnswer, InterestsAnswer, ListKind, Lists, Matrix, Recommendation } from './types.js'
import { meanOf, normalise, rowOf } from './vectors/matrix.js'
import type { Product } from './vectors/onnx-runtime.js'
import { stringAt } from './vectors/strings.js'

// ---------------------------------------------------------------- fit

export interface FitColumns {
  catalogue: Catalogue
  /** Encoded full and short texts, one row an item. */
  full: Matrix
  short: Matrix
  /** Distinct positive items of each user, oldest first, and when (ms, NaN unknown) alongside their values. */
  histories: Lists
  at: Float64Array
  phrases: CollectedPhrases
  phraseVectors: Matrix
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
}

/** A centre is trusted as far as there are items to take it from. */
const CENTRE_SHRINKAGE = 50

/** Everything that is learnt from a catalogue and its behaviour. Pure: the same columns and seed give the same bytes. */
export async function fit(columns: FitColumns, { seed, product, pause }: FitOptions): Promise<Artefacts> {
  const { catalogue, full, short, histories, phrases, phraseVectors, scorer, trained } = columns
  const statistics = countStatistics(histories, columns.at, catalogue)
  await pause()
  const shrink = full.rows / (full.rows + CENTRE_SHRINKAGE)
  const centre = meanOf(full).map((x) => x * shrink)
  const vectors: Matrix = { ...full, data: full.data.slice() }
  for (let row = 0; row < vectors.rows; row++) centreVector(rowOf(vectors, row), centre)
  const neighbours = await findNeighbours(vectors, product, pause)
  const adapter = trained && carryAdapter(trained.adapter, vectors, trained.from)
  const space = await fitSpace({ vectors: short, history: histories, seed, pause })
  await pause()
  const named = fitPhrases(phrases, phraseVectors, short, seed)
  await pause()
  const topics = await fitTopics({ catalogue, space, phrases: named, seed, earlier: columns.topics, pause })
  return { catalogue, vectors, centre, space, phrases: named, topics, ...statistics, neighbours, scorer, adapter }
}

/** Takes the catalogue's common direction out of an encoder vector, in place, and makes it a unit vector again. */
export function centreVector(vector: Float32Array, centre: Float32Array): Float32Array {
  for (let k = 0; k < vector.length; k++) vector[k] -= centre[k]
  return normalise(vector)
}

// ---------------------------------------------------------------- answer

export interface ListAnswer {
  kind: ListKind
  recommendations: Recommendation[]
}

export function answerList(model: Model, input: AnswerInput, options: AnswerOptions): ListAnswer {
  const reading = read(model, input, options.now)
  return listAnswer(model, reading, list(model, reading, options), options)
}

function listAnswer(model: Model, reading: Reading, { placed, personal }: Listing, options: AnswerOptions): ListAnswer {
  const told = tell(model, reading, placed, options, personal)
  const guest = reading.input.user === null
  // A list that rests on nothing the user did is popular, whatever its order came from.
  const founded = personal && (guest || placed.length === 0 || told.some((one) => one.evidence.length > 0))
  if (founded) return { kind: guest ? 'guest' : 'personal', recommendations: told }
  return { kind: guest ? 'guest' : 'popular', recommendations: tell(model, reading, placed, options, false) }
}

export function answerInterests(model: Model, input: AnswerInput & { user: string }, now: number): InterestsAnswer {
  return profileAnswer(model, read(model, input, now), input.user)
}

/** The whole answer for one user: interests and list from one reading of the history. */
export function answer(
  model: Model,
  input: AnswerInput & { user: string },
  options: AnswerOptions,
): InterestsAnswer & ListAnswer {
  const reading = read(model, input, options.now)
  return {
    ...profileAnswer(model, reading, input.user),
    ...listAnswer(model, reading, list(model, reading, options), options),
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

// ---------------------------------------------------------------- one item

/** Why an item stands where it stands, or does not, and what would take it out of the list. */
export function answerItem(
  model: Model,
  input: AnswerInput & { user: string },
  row: number,
  options: AnswerOptions,
): ExplainItemAnswer {
  const reading = read(model, input, options.now)
  const listing = list(model, reading, options)
  const { recommendations, kind } = listAnswer(model, reading, listing, options)
  const place = listing.placed.findIndex((one) => one.row === row)
  const inHistory = input.history.seenRows.includes(row)
  const logit = reading.scoreOf([row])[0]
  const personal = kind !== 'popular'
  const alone = () => placeRows(model, reading, [row], { ...listing, personal })
  const entry = place >= 0 ? recommendations[place] : tell(model, reading, alone(), options, personal)[0]
  const { rank: _, ...told } = entry
  const better = listing.logits.reduce(
    (n, other, i) => n + Number(other > logit || (other === logit && listing.candidates.rows[i] < row)),
    0,
  )
  const base = {
    user: reading.input.user ?? '',
    ...told,
    rank: place >= 0 ? place + 1 : null,
    scoreRank: inHistory ? null : better + 1,
  }
  if (inHistory) return { ...base, counterfactual: null, counterfactualReason: 'in-history' }
  if (place < 0) return { ...base, counterfactual: null, counterfactualReason: 'not-listed' }
  const found = searchCounterfactual(model, reading, row, logit, options)
  if ('reason' in found) return { ...base, counterfactual: null, counterfactualReason: found.reason }
  const after = readWithout(model, reading, found.remove, options.now)
  const { logits, candidates } = list(model, after, options)
  const position = candidates.rows.indexOf(row)
  const behind = position < 0 ? null : 1 + logits.reduce((n, other) => n + Number(other > logits[position]), 0)
  return {
    ...base,
    counterfactual: {
      remove: found.remove.map((one) => stringAt(model.catalogue.ids, one)),
      titles: found.remove.map((one) => stringAt(model.catalogue.titles, one)),
      rankBefore: place + 1,
      rankAfter: behind !== null && behind > options.limit ? behind : null,
      after: behind === null ? 'no-candidate' : behind > options.limit ? 'outranked' : 'diversified',
      n: options.limit,
    },
    counterfactualReason: null,
  }
}

function searchCounterfactual(
  model: Model,
  reading: Reading,
  row: number,
  logit: number,
  options: AnswerOptions,
): CounterfactualResult {
  const effects = Array.from(reading.history.rows, (other) => ({
    other,
    effect: logit - readWithout(model, reading, [other], options.now).scoreOf([row])[0],
  }))
  const ordered = effects.sort((a, b) => b.effect - a.effect || a.other - b.other).map(({ other }) => other)
  return findCounterfactual(ordered, (without) => {
    const { placed } = list(model, readWithout(model, reading, without, options.now), options)
    return placed.some((one) => one.row === row)
  })
}
