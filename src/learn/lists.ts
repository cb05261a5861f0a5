import { placeUser, scoreItems } from '../adapt/adapter.js'
import { openScoring, type ScoredModel } from '../answer/score.js'
import type { History } from '../columns.js'
import { takeFirst } from '../mine/history.js'
import { positivesOf } from '../model/histories.js'
import { type Artefacts, orderByPopularity } from '../model/model.js'
import { createRandom, type Random, sampleBelow } from '../random.js'
import { FEATURE_COUNT } from '../rank/features.js'
import { collectCandidates } from '../retrieve/candidates.js'
import { createExactIndex } from '../vectors/exact-index.js'
import { joinArrays, joinOffsets } from '../vectors/join.js'

/** Negatives (candidates other than the target) that are sampled for a list that a scorer is fitted on. */
export const NEGATIVES = 120
/** Upper bound of a user's seed, where each user has a random stream of their own. */
const SEEDS = 2 ** 31 - 1

/** A positive event that a scorer should predict from what came before it. */
export interface TargetEvent {
  /** The history before the event. */
  history: History
  /** Catalogue row of the event's item. */
  target: number
}

/** The last `targets` positive items of a user, the latest first, each with the history before it. */
export function* targetEventsOf(history: History, targets: number): Generator<TargetEvent> {
  const { rows } = positivesOf(history)
  for (let t = 1; t <= targets; t++) {
    const target = rows[rows.length - t]
    const before = takeFirst(history, history.rows.indexOf(target))
    yield { history: { ...before, seenRows: before.rows }, target }
  }
}

/** One list of candidates for each target event. "Row" is here one candidate of one list. */
export interface TrainingLists {
  /** Features: FEATURE_COUNT numbers a row, row after row. List i is rows offsets[i] .. offsets[i + 1]. */
  values: Float32Array
  offsets: Uint32Array
  /** Position of the target in its list, -1 where it is no candidate. */
  targets: Int32Array
  /** Number of candidates that were found for each list, before negatives were sampled. */
  candidates: Int32Array
  /** Logit of each row by the adapter that was in use before the training; empty where there was none. */
  oldLogits: Float32Array
  /** Routes that found each row: bits as in `Candidates`. */
  sources: Uint16Array
  /** User of each list, as in `ListsInput.users`. */
  users: Int32Array
}

/** Input of `makeLists`. `users` and `targetCounts` have one entry a history. */
export interface ListsInput {
  /** Statistics and adapter from before the target events. */
  model: ScoredModel
  /** The adapter in use before the training; null where there is none. */
  oldAdapter: Artefacts['adapter']
  histories: readonly History[]
  /** Numbers by which the lists name the users. */
  users: Int32Array
  /** Number of each user's last positive items that are targets. */
  targetCounts: Int32Array
  /**
   * Candidates that are sampled beside the target; lists without their target among the candidates are left out. Null:
   * all candidates are kept, and all lists.
   */
  negatives: number | null
  seed: number
  /** Whether each user has a random stream of their own, so that no list depends on the lists of other users. */
  separateStreams: boolean
}

/**
 * Lists, for each target event of each user, the candidates as they would have been before it, with their features. In
 * sampled lists the target comes first. `pause` is awaited before each list; rejects with what it throws.
 */
export async function makeLists(
  { model, oldAdapter, histories, users, targetCounts, negatives, seed, separateStreams }: ListsInput,
  pause: () => Promise<void>,
): Promise<TrainingLists> {
  const shared = createRandom(seed)
  const byPopularity = orderByPopularity(model.catalogue, model.covisits.users)
  const index = createExactIndex(model.vectors)
  const lists: CandidateList[] = []
  for (const [i, history] of histories.entries()) {
    const random = separateStreams ? createRandom(shared.below(SEEDS)) : shared
    for (const targetEvent of targetEventsOf(history, targetCounts[i])) {
      await pause()
      const scoring = openScoring(model, targetEvent.history)
      const seen = new Set(targetEvent.history.seenRows)
      const { rows, sources } = collectCandidates({
        signals: scoring.signals(),
        adapted: scoring.adapted(),
        index,
        centres: [],
        queries: [],
        allow: (row) => !model.catalogue.removed[row] && !seen.has(row),
        byPopularity,
        users: model.covisits.users,
        atLeast: NEGATIVES,
      })
      const target = rows.indexOf(targetEvent.target)
      if (negatives !== null && target < 0) continue
      const kept = negatives === null ? rows : sampleNegatives(rows, target, negatives, random)
      lists.push({
        values: scoring.featuresOf(kept, [], () => 0),
        target: negatives === null ? target : 0,
        candidates: rows.length,
        oldLogits: oldAdapter ? adapterLogits(oldAdapter, targetEvent.history, kept) : new Float32Array(0),
        sources: negatives === null ? sources : pickSources(rows, sources, kept),
        user: users[i],
      })
    }
  }
  return packCandidateLists(lists)
}

/** Logit of each row by an adapter, for a history. */
function adapterLogits(adapter: NonNullable<Artefacts['adapter']>, history: History, rows: Int32Array): Float32Array {
  return scoreItems(adapter, placeUser(adapter, history.rows), rows)
}

/** The target first, then up to `most` other candidates. */
function sampleNegatives(rows: Int32Array, target: number, most: number, random: Random): Int32Array {
  const picked = sampleBelow(random, rows.length - 1, most)
  return Int32Array.of(rows[target], ...picked.map((i) => rows[i < target ? i : i + 1]))
}

/** The sources of some rows. `sources`: those of `rows`; `kept`: some of these rows. */
function pickSources(rows: Int32Array, sources: Uint16Array, kept: Int32Array): Uint16Array {
  const known = new Map(Array.from(rows, (row, i) => [row, sources[i]]))
  return Uint16Array.from(kept, (row) => known.get(row)!)
}

/** One list before packing; fields as in TrainingLists. */
interface CandidateList {
  values: Float64Array
  target: number
  candidates: number
  oldLogits: Float32Array
  sources: Uint16Array
  user: number
}

function packCandidateLists(lists: readonly CandidateList[]): TrainingLists {
  const offsets = new Uint32Array(lists.length + 1)
  lists.forEach(({ values }, i) => {
    offsets[i + 1] = offsets[i] + values.length / FEATURE_COUNT
  })
  const rows = offsets[lists.length]
  const values = new Float32Array(rows * FEATURE_COUNT)
  const oldLogits = new Float32Array(lists.some((list) => list.oldLogits.length > 0) ? rows : 0)
  const sources = new Uint16Array(rows)
  lists.forEach((list, i) => {
    sources.set(list.sources, offsets[i])
    values.set(list.values, offsets[i] * FEATURE_COUNT)
    oldLogits.set(list.oldLogits, oldLogits.length > 0 ? offsets[i] : 0)
  })
  return {
    values,
    offsets,
    targets: Int32Array.from(lists, ({ target }) => target),
    candidates: Int32Array.from(lists, ({ candidates }) => candidates),
    oldLogits,
    sources,
    users: Int32Array.from(lists, ({ user }) => user),
  }
}

/** Joins parts into one, the lists of each part after those of the part before. */
export function joinLists(parts: readonly TrainingLists[]): TrainingLists {
  return {
    values: joinArrays(Float32Array, parts, (part) => part.values),
    offsets: joinOffsets(parts.map(({ offsets }) => offsets)),
    targets: joinArrays(Int32Array, parts, (part) => part.targets),
    candidates: joinArrays(Int32Array, parts, (part) => part.candidates),
    oldLogits: joinArrays(Float32Array, parts, (part) => part.oldLogits),
    sources: joinArrays(Uint16Array, parts, (part) => part.sources),
    users: joinArrays(Int32Array, parts, (part) => part.users),
  }
}
