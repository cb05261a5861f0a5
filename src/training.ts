import { positiveRows } from './behaviour.js'
import { InterestMineError } from './errors.js'
import { takeFirst } from './mine/history.js'
import { type Artefacts, orderByPopularity } from './model.js'
import { createRandom, type Random, sampleBelow } from './random.js'
import { fitSigmoid, scaleTerms } from './rank/calibrate.js'
import { DEFAULT_SCORER } from './rank/default-scorer.js'
import { computeFeatures, FEATURE_COUNT, scoreFeatures } from './rank/features.js'
import type { Scorer, ScorerTerm } from './rank/scorer.js'
import { FEATURE_SIGNS, fitTerms, type TrainingLists } from './rank/train.js'
import { collectCandidates } from './retrieve/candidates.js'
import { countCovisits } from './retrieve/covisits.js'
import { gatherSignals } from './retrieve/signals.js'
import type { History } from './types.js'
import { createExactIndex } from './vectors/exact-index.js'
import { packLists } from './vectors/sparse.js'

/** What a training found. NDCG@10 of users that were not learnt from, whole catalogue, by score alone. */
export interface TrainOutcome {
  scorer: Scorer
  /** Users learnt from, and those kept aside for calibration and the comparison. */
  users: number
  heldOut: number
  /** Events that were to be foretold. */
  lists: number
  /** Share of the held-out events that were among the candidates at all. */
  candidateRecall: number
  ndcg: { before: number; after: number }
}

/** A user is asked for up to so many of their last items, so that small stores have enough to learn from. */
const MOST_TARGETS = 10
const WANTED_LISTS = 12_000
const HELD_OUT_SHARE = 0.25
const NEGATIVES = 120
const LEAST_ITEMS = 3
const LEAST_USERS = 100

interface Question {
  /** What came before. */
  history: History
  target: number
}

/**
 * Learns a scorer from what users did next. Co-visits are counted from before every target, so nothing that is asked
 * for is known; three quarters of the users are learnt from, the others calibrate the scores and say whether the new
 * scorer ranks better than the old one; if not, the old terms stay and are calibrated. Deterministic.
 * Fails with LIMIT where fewer than 100 users have three liked items.
 */
export async function trainScorer(
  fitted: Artefacts,
  histories: readonly History[],
  { seed, pause }: { seed: number; pause: () => Promise<void> },
): Promise<TrainOutcome> {
  const positives = histories.map(positiveRows)
  const able = positives.flatMap((rows, user) => (rows.length >= LEAST_ITEMS ? [user] : []))
  if (able.length < LEAST_USERS) {
    const message = `training needs ${LEAST_USERS} users with ${LEAST_ITEMS} liked items or more, this store has ${able.length}; the default scorer stays`
    throw new InterestMineError('LIMIT', message, { users: able.length, needed: LEAST_USERS })
  }
  const perUser = Math.min(MOST_TARGETS, Math.max(1, Math.round(WANTED_LISTS / able.length)))
  const targetsOf = (rows: Int32Array) =>
    rows.length >= LEAST_ITEMS ? Math.min(perUser, rows.length - LEAST_ITEMS + 1) : 0
  const known = packLists(positives.map((rows) => rows.subarray(0, rows.length - targetsOf(rows))))
  const covisits = countCovisits(known, fitted.catalogue.size)
  const links = { covisits, neighbours: fitted.neighbours, vectors: fitted.vectors, loose: new Int32Array(0) }
  const context = {
    fitted,
    links,
    byPopularity: orderByPopularity(fitted.catalogue, covisits.users),
    index: createExactIndex(fitted.vectors),
  }
  const random = createRandom(seed)
  const chosen = sampleBelow(random, able.length, Math.ceil((WANTED_LISTS * (1 + HELD_OUT_SHARE)) / perUser))
  const learnt: Shown[] = []
  const heldOut: Shown[] = []
  let users = 0
  for (const [k, i] of chosen.entries()) {
    const user = able[i]
    const aside = k % Math.round(1 / HELD_OUT_SHARE) === 0
    if (!aside) users++
    for (const question of questionsOf(histories[user], positives[user], targetsOf(positives[user]))) {
      await pause()
      const shown = show(context, question)
      if (aside) heldOut.push(shown)
      else if (shown.target >= 0) learnt.push(sampleNegatives(shown, random))
    }
  }
  await pause()
  const trained = learnt.length > 0 ? fitTerms(packShown(learnt)) : []
  const byHand = (term: ScorerTerm) => !(term.feature in FEATURE_SIGNS)
  const old = fitted.scorer
  const candidate: Scorer = { ...old, terms: [...trained, ...DEFAULT_SCORER.terms.filter(byHand)] }
  const ndcg = { before: measure(old, heldOut), after: measure(candidate, heldOut) }
  const better = trained.length > 0 && ndcg.after >= ndcg.before ? candidate : old
  const { a, b } = calibrate(better, heldOut)
  const scaled = scaleTerms(
    better.terms.filter((term) => !byHand(term)),
    a,
  )
  return {
    scorer: {
      id: better === candidate ? 'additive-1' : old.id,
      calibrated: true,
      trainedOn: learnt.length,
      bias: b,
      terms: [...scaled, ...DEFAULT_SCORER.terms.filter(byHand)],
    },
    users,
    heldOut: chosen.length - users,
    lists: learnt.length,
    candidateRecall: heldOut.filter(({ target }) => target >= 0).length / Math.max(1, heldOut.length),
    ndcg,
  }
}

/** The last items of a user, each with what came before it. */
function* questionsOf(history: History, positives: Int32Array, targets: number): Generator<Question> {
  for (let t = 1; t <= targets; t++) {
    const target = positives[positives.length - t]
    const at = history.rows.indexOf(target)
    const before = takeFirst(history, at)
    yield { history: { ...before, seenRows: before.rows }, target }
  }
}

interface Shown {
  values: Float64Array
  rows: number
  /** Position of the target, -1 where it is no candidate. */
  target: number
  /** Candidates that this stands for. */
  candidates: number
}

interface Context {
  fitted: Artefacts
  links: Parameters<typeof gatherSignals>[0]
  byPopularity: () => Int32Array
  index: Parameters<typeof collectCandidates>[0]['index']
}

function show({ fitted, links, byPopularity, index }: Context, { history, target }: Question): Shown {
  const { catalogue, vectors } = fitted
  const signals = gatherSignals(links, history)
  const seen = new Set(history.seenRows)
  const { rows } = collectCandidates({
    signals,
    index,
    centres: [],
    wish: null,
    allow: (row) => !catalogue.removed[row] && !seen.has(row),
    byPopularity,
    users: links.covisits.users,
    atLeast: NEGATIVES,
  })
  const values = computeFeatures(
    { catalogue, vectors, users: links.covisits.users, history, signals, wish: null, boostOf: () => 0 },
    rows,
  )
  return { values, rows: rows.length, target: rows.indexOf(target), candidates: rows.length }
}

/** The target first, then up to 120 other candidates. */
function sampleNegatives({ values, rows, target }: Shown, random: Random): Shown {
  const picked = sampleBelow(random, rows - 1, NEGATIVES)
  const kept = new Float64Array((picked.length + 1) * FEATURE_COUNT)
  const copy = (to: number, from: number) =>
    kept.set(values.subarray(from * FEATURE_COUNT, (from + 1) * FEATURE_COUNT), to * FEATURE_COUNT)
  copy(0, target)
  picked.forEach((i, k) => {
    copy(k + 1, i < target ? i : i + 1)
  })
  return { values: kept, rows: picked.length + 1, target: 0, candidates: rows }
}

function packShown(lists: readonly Shown[]): TrainingLists {
  const offsets = new Uint32Array(lists.length + 1)
  lists.forEach(({ rows }, i) => {
    offsets[i + 1] = offsets[i] + rows
  })
  const rows = offsets[lists.length]
  const packed = { values: new Float64Array(rows * FEATURE_COUNT), offsets, logWeights: new Float32Array(rows) }
  lists.forEach((list, i) => {
    packed.values.set(list.values, offsets[i] * FEATURE_COUNT)
    const weight = Math.log(Math.max(1, (list.candidates - 1) / Math.max(1, list.rows - 1)))
    packed.logWeights.fill(weight, offsets[i] + 1, offsets[i + 1])
  })
  return packed
}

/** NDCG@10, ties at their mean rank, missed targets counted as 0. */
function measure(scorer: Scorer, lists: readonly Shown[]): number {
  let sum = 0
  for (const { values, target } of lists) {
    if (target < 0) continue
    const logits = scoreFeatures(scorer, values)
    let rank = 0
    for (let i = 0; i < logits.length; i++) {
      if (i !== target) rank += logits[i] > logits[target] ? 1 : logits[i] === logits[target] ? 0.5 : 0
    }
    if (rank < 10) sum += 1 / Math.log2(rank + 2)
  }
  return sum / Math.max(1, lists.length)
}

function calibrate(scorer: Scorer, lists: readonly Shown[]): { a: number; b: number } {
  const unbiased = { ...scorer, bias: 0 }
  const total = lists.reduce((sum, { rows }) => sum + rows, 0)
  const outcomes = { scores: new Float64Array(total), hits: new Uint8Array(total) }
  let at = 0
  for (const { values, rows, target } of lists) {
    outcomes.scores.set(scoreFeatures(unbiased, values), at)
    if (target >= 0) outcomes.hits[at + target] = 1
    at += rows
  }
  return fitSigmoid(outcomes)
}
