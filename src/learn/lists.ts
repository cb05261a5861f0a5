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

/** Other candidates of a list that a scorer learns from; every list has at least so many where there are. */
export const NEGATIVES = 120
/** Seeds of streams that are drawn from another stream. */
const SEEDS = 2 ** 31 - 1

/** An event that is to be foretold. */
export interface TargetEvent {
  /** What came before. */
  history: History
  target: number
}

/** The last positive items of a user, each with what came before it; the last first. */
export function* targetEventsOf(history: History, targets: number): Generator<TargetEvent> {
  const { rows } = positivesOf(history)
  for (let t = 1; t <= targets; t++) {
    const target = rows[rows.length - t]
    const before = takeFirst(history, history.rows.indexOf(target))
    yield { history: { ...before, seenRows: before.rows }, target }
  }
}

/** Candidates of many questions with their features. */
export interface TrainingLists {
  /** Row after row, FEATURE_COUNT numbers each; list i is rows offsets[i] .. offsets[i + 1]. */
  values: Float32Array
  offsets: Uint32Array
  /** Position of the target in its list, -1 where it is no candidate. */
  targets: Int32Array
  /** Candidates that each list stands for. */
  candidates: Int32Array
  /** Adapter logit by the adapter in use before, alongside the rows; empty where there was none. */
  oldLogits: Float32Array
  /** Which routes found each row: bits as in `Candidates`. */
  sources: Uint16Array
  /** User of each list, as the input names them. */
  users: Int32Array
}

export interface ListsInput {
  model: ScoredModel
  /** The adapter in use before. */
  oldAdapter: Artefacts['adapter']
  histories: readonly History[]
  /** Alongside the histories: what lists name the user by, and how many items each is asked for. */
  users: Int32Array
  targetCounts: Int32Array
  /** Keep the target and so many others by chance; null: keep all, lists without their target too. */
  negatives: number | null
  seed: number
  /** Draw for each user apart, so that no list depends on whose were made before it. */
  separateStreams: boolean
}

/** What each user would have been shown before each of their last items. */
export async function makeLists(
  {
    model,
    oldAdapter: before,
    histories,
    users,
    targetCounts: targets,
    negatives,
    seed,
    separateStreams: apart,
  }: ListsInput,
  pause: () => Promise<void>,
): Promise<TrainingLists> {
  const shared = createRandom(seed)
  const byPopularity = orderByPopularity(model.catalogue, model.covisits.users)
  const index = createExactIndex(model.vectors)
  const lists: CandidateList[] = []
  for (const [i, history] of histories.entries()) {
    const random = apart ? createRandom(shared.below(SEEDS)) : shared
    for (const targetEvent of targetEventsOf(history, targets[i])) {
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
        oldLogits: before ? adapterLogits(before, targetEvent.history, kept) : new Float32Array(0),
        sources: negatives === null ? sources : pickSources(rows, sources, kept),
        user: users[i],
      })
    }
  }
  return packCandidateLists(lists)
}

function adapterLogits(adapter: NonNullable<Artefacts['adapter']>, history: History, rows: Int32Array): Float32Array {
  return scoreItems(adapter, placeUser(adapter, history.rows), rows)
}

/** The target first, then up to `most` other candidates. */
function sampleNegatives(rows: Int32Array, target: number, most: number, random: Random): Int32Array {
  const picked = sampleBelow(random, rows.length - 1, most)
  return Int32Array.of(rows[target], ...picked.map((i) => rows[i < target ? i : i + 1]))
}

/** `rows` ascending, `kept` some of them. */
function pickSources(rows: Int32Array, sources: Uint16Array, kept: Int32Array): Uint16Array {
  const known = new Map(Array.from(rows, (row, i) => [row, sources[i]]))
  return Uint16Array.from(kept, (row) => known.get(row)!)
}

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
  const before = new Float32Array(lists.some((list) => list.oldLogits.length > 0) ? rows : 0)
  const sources = new Uint16Array(rows)
  lists.forEach((list, i) => {
    sources.set(list.sources, offsets[i])
    values.set(list.values, offsets[i] * FEATURE_COUNT)
    before.set(list.oldLogits, before.length > 0 ? offsets[i] : 0)
  })
  return {
    values,
    offsets,
    targets: Int32Array.from(lists, ({ target }) => target),
    candidates: Int32Array.from(lists, ({ candidates }) => candidates),
    oldLogits: before,
    sources,
    users: Int32Array.from(lists, ({ user }) => user),
  }
}

/** Parts one after another. */
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
