import { carryAdapter, placeUser, scoreItems } from './adapt/adapter.js'
import { type TrainedAdapter, trainAdapter } from './adapt/train.js'
import { type Positives, packPositives, positivesOf } from './behaviour.js'
import { InterestMineError } from './errors.js'
import { ndcgAt } from './evaluate/metrics.js'
import { checkCalibration, compareGains, gainsOf, hitsOf, scoreShown } from './judging.js'
import { takeFirst } from './mine/history.js'
import { type Artefacts, orderByPopularity } from './model.js'
import { createRandom, type Random, sampleBelow } from './random.js'
import { fitSigmoid, scaleTerms } from './rank/calibrate.js'
import { DEFAULT_SCORER } from './rank/default-scorer.js'
import { FEATURE_COUNT, FEATURES } from './rank/features.js'
import { tellNewItemOdds } from './rank/new-items.js'
import type { Scorer, ScorerTerm } from './rank/scorer.js'
import { drawShapes } from './rank/shapes.js'
import { FEATURE_SIGNS, fitTerms } from './rank/train.js'
import { collectCandidates } from './retrieve/candidates.js'
import { countStatistics, type Statistics } from './retrieve/statistics.js'
import { ask, type ScoredModel } from './scoring.js'
import type { History, Lists, TrainFindings, TrainReport } from './types.js'
import { createExactIndex } from './vectors/exact-index.js'
import { joinArrays, joinOffsets } from './vectors/join.js'
import type { Product } from './vectors/onnx-runtime.js'
import { listAt } from './vectors/sparse.js'

/** What a training found. NDCG@10 of users that were not learnt from, whole catalogue, by score alone. */
export interface TrainOutcome extends TrainFindings {
  scorer: Scorer
  adapter: Artefacts['adapter']
  /** Users learnt from, and those kept aside for calibration and the comparison. */
  users: number
  heldOut: number
  /** Events that were to be foretold. */
  lists: number
  /** Share of the held-out events that were among the candidates at all. */
  candidateRecall: number
  ndcg: TrainReport['ndcg']
  /** Whether the new scorer was taken; if not, the old one ranks the held-out users better, and stays. */
  installed: boolean
  /** Loss and NDCG@10 on held-out users after each pass of the adapter; empty where it was not trained. */
  curve: TrainedAdapter['curve']
}

/** A user is asked for up to so many of their last items, no more than a tenth of them: small stores have enough to learn from. */
const MOST_TARGETS = 10
const TARGET_SHARE = 0.1
const WANTED_LISTS = 20_000
const HELD_OUT_SHARE = 0.2
const NEGATIVES = 120
const LEAST_ITEMS = 3
/** Fewer users with something to foretell cannot be learnt from. */
export const LEAST_USERS = 100
/** Items that are new in the cold world. */
const HIDDEN_SHARE = 0.2
/** Held-out users that tell when the adapter has learnt enough. */
const ADAPTER_JUDGES = 2000

/** Who is asked for what. */
export interface TrainPlan {
  seed: number
  /** What statistics and adapter may know: everything before the events that are asked for. */
  known: Positives
  /** Users (positions in the histories) to learn from, and those kept aside; how many last items each is asked for. */
  learnt: Int32Array
  aside: Int32Array
  targets: Int32Array
}

/** Fails with LIMIT where fewer than 100 users have three liked items. */
export function planTraining(histories: readonly History[], seed: number): TrainPlan {
  const positives = histories.map(positivesOf)
  const able = positives.flatMap(({ rows }, user) => (rows.length >= LEAST_ITEMS ? [user] : []))
  if (able.length < LEAST_USERS) {
    const message = `training needs ${LEAST_USERS} users with ${LEAST_ITEMS} liked items or more, this store has ${able.length}; the default scorer stays`
    throw new InterestMineError('LIMIT', message, { users: able.length, needed: LEAST_USERS })
  }
  const perUser = Math.min(MOST_TARGETS, Math.max(1, Math.round(WANTED_LISTS / able.length)))
  const targets = Int32Array.from(positives, ({ rows }) =>
    rows.length < LEAST_ITEMS ? 0 : Math.min(perUser, Math.max(1, Math.floor((rows.length - 1) * TARGET_SHARE))),
  )
  const known = packPositives(
    positives.map(({ rows, at }, user) => ({
      rows: rows.subarray(0, rows.length - targets[user]),
      at: at.subarray(0, rows.length - targets[user]),
    })),
  )
  const asked = able.reduce((sum, user) => sum + targets[user], 0)
  const share = Math.min(1, (WANTED_LISTS * (1 + HELD_OUT_SHARE)) / asked)
  const chosen = sampleBelow(createRandom(seed), able.length, Math.ceil(share * able.length))
  const every = Math.round(1 / HELD_OUT_SHARE)
  const pick = (aside: boolean) =>
    Int32Array.from(
      chosen.filter((_, k) => (k % every === 0) === aside),
      (i) => able[i],
    )
  return { seed, known, learnt: pick(false), aside: pick(true), targets }
}

// ---------------------------------------------------------------- statistics and adapter

export interface Knowledge extends Statistics {
  adapter: Artefacts['adapter']
  /**
   * The same in a world where nobody has seen a fifth of the items yet (item dropout, after DropoutNet, Volkovs et al.
   * 2017): what new items are worth can only be learnt where some are new.
   */
  cold: Statistics & { adapter: Artefacts['adapter'] }
  /** Log-odds of new items beyond their share of the catalogue. */
  newItemOdds: number
  curve: TrainedAdapter['curve']
}

/** Counts and trains from what may be known. */
export async function learnKnown(
  { catalogue, vectors }: Pick<Artefacts, 'catalogue' | 'vectors'>,
  histories: readonly History[],
  plan: TrainPlan,
  {
    kept,
    product,
    pause,
  }: {
    /** Trained by a training like this one that was stopped later on. */
    kept: TrainedAdapter | null
    product: Product | null
    pause: (done: number, total: number) => Promise<void>
  },
): Promise<Knowledge> {
  const { known, aside, targets, seed } = plan
  const statistics = countStatistics(known.lists, known.at, catalogue)
  const hidden = hideItems(catalogue.size, seed)
  const know = (adapter: Knowledge['adapter'], curve: Knowledge['curve']): Knowledge => ({
    ...statistics,
    adapter,
    curve,
    newItemOdds: tellNewItemOdds(known.lists.values, known.at, catalogue.size),
    cold: {
      ...countStatistics(...withoutRows(known, hidden), catalogue),
      adapter:
        adapter &&
        carryAdapter(
          adapter,
          vectors,
          Int32Array.from(hidden, (gone, row) => (gone ? -1 : row)),
        ),
    },
  })
  if (kept) return know(kept.adapter, kept.curve)
  if (!product) return know(null, [])
  const judges = sampleBelow(createRandom(seed), aside.length, ADAPTER_JUDGES)
  const questions = Array.from(judges, (i) => [...questionsOf(histories[aside[i]], targets[aside[i]])].at(-1)!)
  const trained = await trainAdapter({
    vectors,
    histories: known.lists,
    random: createRandom(seed),
    measure: (adapter) => judgeAdapter(adapter, questions, product),
    pause,
  })
  return know(trained?.adapter ?? null, trained?.curve ?? [])
}

/** 1 for a fifth of all rows, by chance. */
function hideItems(rows: number, seed: number): Uint8Array {
  const hidden = new Uint8Array(rows)
  for (const row of sampleBelow(createRandom(seed), rows, Math.round(HIDDEN_SHARE * rows))) hidden[row] = 1
  return hidden
}

function withoutRows({ lists, at }: Positives, hidden: Uint8Array): [Lists, Float64Array] {
  const kept = Array.from({ length: lists.offsets.length - 1 }, (_, user) => {
    const rows = listAt(lists, user)
    const times = at.subarray(lists.offsets[user], lists.offsets[user + 1])
    return { rows: rows.filter((row) => !hidden[row]), at: times.filter((_, i) => !hidden[rows[i]]) }
  })
  const packed = packPositives(kept)
  return [packed.lists, packed.at]
}

/** Users whose logits are taken at once. */
const JUDGES_AT_ONCE = 256

/** NDCG@10 of the adapter alone. */
async function judgeAdapter(
  adapter: NonNullable<Artefacts['adapter']>,
  questions: readonly Question[],
  product: Product,
): Promise<number> {
  const { outputs, bias, scale } = adapter
  let sum = 0
  for (let from = 0; from < questions.length; from += JUDGES_AT_ONCE) {
    const block = questions.slice(from, from + JUDGES_AT_ONCE)
    const users = { data: new Float32Array(block.length * outputs.dims), rows: block.length, dims: outputs.dims }
    block.forEach(({ history }, i) => {
      users.data.set(placeUser(adapter, history.rows), i * outputs.dims)
    })
    const cosines = await product(users, outputs)
    block.forEach(({ history, target }, i) => {
      const at = i * outputs.rows
      const own = scale * cosines[at + target] + bias[target]
      const seen = new Set(history.seenRows)
      let rank = 0
      for (let row = 0; row < outputs.rows; row++) {
        if (scale * cosines[at + row] + bias[row] > own && !seen.has(row)) rank++
      }
      sum += ndcgAt(rank, 10)
    })
  }
  return sum / Math.max(1, questions.length)
}

// ---------------------------------------------------------------- lists

interface Question {
  /** What came before. */
  history: History
  target: number
}

/** The last positive items of a user, each with what came before it; the last first. */
export function* questionsOf(history: History, targets: number): Generator<Question> {
  const { rows } = positivesOf(history)
  for (let t = 1; t <= targets; t++) {
    const target = rows[rows.length - t]
    const before = takeFirst(history, history.rows.indexOf(target))
    yield { history: { ...before, seenRows: before.rows }, target }
  }
}

/** Candidates of many questions with their features. */
export interface ShownLists {
  /** Row after row, FEATURE_COUNT numbers each; list i is rows offsets[i] .. offsets[i + 1]. */
  values: Float32Array
  offsets: Uint32Array
  /** Position of the target in its list, -1 where it is no candidate. */
  targets: Int32Array
  /** Candidates that each list stands for. */
  candidates: Int32Array
  /** Adapter logit by the adapter in use before, alongside the rows; empty where there was none. */
  before: Float32Array
  /** Which routes found each row: bits as in `Candidates`. */
  sources: Uint8Array
}

export interface ShowInput {
  model: ScoredModel
  /** The adapter in use before. */
  before: Artefacts['adapter']
  histories: readonly History[]
  targets: Int32Array
  /** Keep the target and so many others by chance; null: keep all, lists without their target too. */
  negatives: number | null
  seed: number
}

/** What each user would have been shown before each of their last items. */
export async function showUsers(
  { model, before, histories, targets, negatives, seed }: ShowInput,
  pause: () => Promise<void>,
): Promise<ShownLists> {
  const random = createRandom(seed)
  const byPopularity = orderByPopularity(model.catalogue, model.covisits.users)
  const index = createExactIndex(model.vectors)
  const lists: ShownList[] = []
  for (const [i, history] of histories.entries()) {
    for (const question of questionsOf(history, targets[i])) {
      await pause()
      const asked = ask(model, question.history)
      const seen = new Set(question.history.seenRows)
      const { rows, sources } = collectCandidates({
        signals: asked.signals,
        adapted: asked.adapted(),
        index,
        centres: [],
        wish: null,
        allow: (row) => !model.catalogue.removed[row] && !seen.has(row),
        byPopularity,
        users: model.covisits.users,
        atLeast: NEGATIVES,
      })
      const target = rows.indexOf(question.target)
      if (negatives !== null && target < 0) continue
      const kept = negatives === null ? rows : sampleNegatives(rows, target, negatives, random)
      lists.push({
        values: asked.featuresOf(kept, null, () => 0),
        target: negatives === null ? target : 0,
        candidates: rows.length,
        before: before ? adapt(before, question.history, kept) : new Float32Array(0),
        sources: negatives === null ? sources : pickSources(rows, sources, kept),
      })
    }
  }
  return packShown(lists)
}

function adapt(adapter: NonNullable<Artefacts['adapter']>, history: History, rows: Int32Array): Float32Array {
  return scoreItems(adapter, placeUser(adapter, history.rows), rows)
}

/** The target first, then up to `most` other candidates. */
function sampleNegatives(rows: Int32Array, target: number, most: number, random: Random): Int32Array {
  const picked = sampleBelow(random, rows.length - 1, most)
  return Int32Array.of(rows[target], ...picked.map((i) => rows[i < target ? i : i + 1]))
}

/** `rows` ascending, `kept` some of them. */
function pickSources(rows: Int32Array, sources: Uint8Array, kept: Int32Array): Uint8Array {
  const known = new Map(Array.from(rows, (row, i) => [row, sources[i]]))
  return Uint8Array.from(kept, (row) => known.get(row)!)
}

interface ShownList {
  values: Float64Array
  target: number
  candidates: number
  before: Float32Array
  sources: Uint8Array
}

function packShown(lists: readonly ShownList[]): ShownLists {
  const offsets = new Uint32Array(lists.length + 1)
  lists.forEach(({ values }, i) => {
    offsets[i + 1] = offsets[i] + values.length / FEATURE_COUNT
  })
  const rows = offsets[lists.length]
  const values = new Float32Array(rows * FEATURE_COUNT)
  const before = new Float32Array(lists.some((list) => list.before.length > 0) ? rows : 0)
  const sources = new Uint8Array(rows)
  lists.forEach((list, i) => {
    sources.set(list.sources, offsets[i])
    values.set(list.values, offsets[i] * FEATURE_COUNT)
    before.set(list.before, before.length > 0 ? offsets[i] : 0)
  })
  return {
    values,
    offsets,
    targets: Int32Array.from(lists, ({ target }) => target),
    candidates: Int32Array.from(lists, ({ candidates }) => candidates),
    before,
    sources,
  }
}

/** Parts one after another. */
export function joinShown(parts: readonly ShownLists[]): ShownLists {
  return {
    values: joinArrays(Float32Array, parts, (part) => part.values),
    offsets: joinOffsets(parts.map(({ offsets }) => offsets)),
    targets: joinArrays(Int32Array, parts, (part) => part.targets),
    candidates: joinArrays(Int32Array, parts, (part) => part.candidates),
    before: joinArrays(Float32Array, parts, (part) => part.before),
    sources: joinArrays(Uint8Array, parts, (part) => part.sources),
  }
}

// ---------------------------------------------------------------- scorer

/** Set by hand: no event tells how they should speak. */
const byHand = (term: ScorerTerm) => !(term.feature in FEATURE_SIGNS)
const BY_HAND = DEFAULT_SCORER.terms.filter(byHand)

/** A scorer with terms fitted on the lists, not calibrated; without terms where nothing can be learnt. */
export function fitScorer(
  learnt: Pick<ShownLists, 'values' | 'offsets' | 'targets' | 'candidates'>,
  old: Scorer,
  step: () => void,
): Scorer {
  const terms = learnt.targets.length > 0 ? fitTerms({ ...learnt, logWeights: logWeightsOf(learnt) }, step) : []
  return { ...old, id: 'additive-2', terms: [...terms, ...BY_HAND] }
}

export interface LearnInput {
  learnt: ShownLists
  heldOut: ShownLists
  /** User of each held-out list. */
  users: Int32Array
  old: Scorer
  /** Log-odds of new items beyond their share, which the lists do not tell. */
  newItemOdds: number
  seed: number
}

/**
 * Learns how features speak from what users did next. The users kept aside calibrate the scores and say whether the
 * new scorer ranks better than the one in use; if not, that one stays and is calibrated. `step` is called before each
 * look at the objective; what it throws ends the work. Deterministic.
 */
export function learnScorer(
  { learnt, heldOut, users, old, newItemOdds, seed }: LearnInput,
  step: () => void,
): Pick<TrainOutcome, 'scorer' | 'lists' | 'candidateRecall' | 'ndcg' | 'installed' | 'calibration' | 'shapes'> {
  const lists = learnt.targets.length
  const candidate = favourNew(fitScorer(learnt, old, step), newItemOdds)
  const asBefore = heldOut.before.length > 0 ? withColumn(heldOut, 'adapter', heldOut.before) : heldOut
  const scores = { before: scoreShown(old, asBefore), after: scoreShown(candidate, heldOut) }
  const gains = { before: gainsOf(scores.before, asBefore), after: gainsOf(scores.after, heldOut) }
  const ndcg = compareGains(gains.before, gains.after, users, seed)
  const installed = candidate.terms.some((term) => !byHand(term)) && ndcg.after >= ndcg.before
  const better = installed ? candidate : old
  const judged = installed ? heldOut : asBefore
  const betterScores = installed ? scores.after : scores.before
  const { a, b } = fitSigmoid({ scores: betterScores, hits: hitsOf(judged) })
  const scaled = scaleTerms(
    better.terms.filter((term) => !byHand(term)),
    a,
  )
  const scorer: Scorer = {
    id: better.id,
    calibrated: true,
    trainedOn: installed ? lists : old.trainedOn,
    bias: b,
    terms: [...scaled, ...BY_HAND],
  }
  return {
    scorer,
    lists,
    candidateRecall: heldOut.targets.filter((target) => target >= 0).length / Math.max(1, heldOut.targets.length),
    ndcg,
    installed,
    calibration: checkCalibration(betterScores, judged, users),
    shapes: drawShapes(scorer, judged.values),
  }
}

/** The lists were made where new items are as often taken as others; a catalogue has its own odds. */
function favourNew(scorer: Scorer, odds: number): Scorer {
  const terms = scorer.terms.map((term) => (term.feature === 'unseen' ? { ...term, weight: term.weight + odds } : term))
  return { ...scorer, terms }
}

/** ln(candidates / items shown) for sampled negatives, 0 for the target. */
function logWeightsOf({ offsets, candidates }: Pick<ShownLists, 'offsets' | 'candidates'>): Float32Array {
  const weights = new Float32Array(offsets[offsets.length - 1])
  for (let i = 0; i + 1 < offsets.length; i++) {
    const shown = offsets[i + 1] - offsets[i] - 1
    weights.fill(Math.log(Math.max(1, (candidates[i] - 1) / Math.max(1, shown))), offsets[i] + 1, offsets[i + 1])
  }
  return weights
}

function withColumn(lists: ShownLists, feature: (typeof FEATURES)[number], column: Float32Array): ShownLists {
  const values = lists.values.slice()
  const at = FEATURES.indexOf(feature)
  column.forEach((value, row) => {
    values[row * FEATURE_COUNT + at] = value
  })
  return { ...lists, values }
}
