import type { TrainedAdapter } from '../adapt/train.js'
import type { History } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { type Positives, packPositives, positivesOf } from '../model/histories.js'
import type { Artefacts } from '../model/model.js'
import type { PrivacyPlan } from '../privacy/plan.js'
import { createRandom, sampleBelow } from '../random.js'
import { fitSigmoid, type ScoredOutcomes, scaleTerms } from '../rank/calibrate.js'
import { DEFAULT_SCORER } from '../rank/default-scorer.js'
import { COLUMN_OF, FEATURE_COUNT, FEATURE_SIGNS, type Feature } from '../rank/features.js'
import type { Scorer, ScorerTerm } from '../rank/scorer.js'
import { drawShapes } from '../rank/shapes.js'
import { fitTerms } from '../rank/train.js'
import type { TrainFindings, TrainReport } from '../types/reports.js'
import { checkCalibration, compareGains, hitsOf, listGains, scoreLists } from './judge.js'
import type { TrainingLists } from './lists.js'

/**
 * Result of a training. NDCG@10 is measured on users that the scorer was not fitted on, over the whole catalogue, by
 * score alone.
 */
export interface TrainOutcome extends TrainFindings {
  /** The scorer to use from now on: the new one, or the old one calibrated again. */
  scorer: Scorer
  /** The adapter to use from now on. */
  adapter: Artefacts['adapter']
  /** Number of users that were learnt from. */
  users: number
  /** Number of users that were kept for calibration and comparison. */
  heldOut: number
  /** Number of target events that the scorer was fitted on. */
  lists: number
  /** Share of the held-out target events whose item was among the candidates, 0..1. */
  candidateRecall: number
  ndcg: TrainReport['ndcg']
  /** Whether the new scorer was taken. If not, the old one ranks the held-out users better and stays. */
  installed: boolean
  /** Loss and NDCG@10 on held-out users after each pass of the adapter; empty where it was not trained. */
  curve: TrainedAdapter['curve']
}

/** Targets of one user at most: this number of last positive items, and this share of all of them, but one at least. */
const MOST_TARGETS = 10
const TARGET_SHARE = 0.1
/** Lists that a training learns from, about; where there are fewer users, each gives more of them. */
const WANTED_LISTS = 20_000
/** Share of the users that are kept for calibration and comparison. */
const HELD_OUT_SHARE = 0.2
/** Positive items that a user must have to give a target. */
const LEAST_ITEMS = 3
/** Users with three positive items that a training needs. */
export const LEAST_USERS = 100
/** The same for a private training: noise that hides one among fewer users hides everything that could be learnt. */
export const LEAST_PRIVATE_USERS = 500

/** The users and target events of a training. Users are positions in the histories. */
export interface TrainPlan {
  seed: number
  /** What statistics and adapter are learnt from: the positive items before each user's targets. */
  known: Positives
  /** Users that the scorer is fitted on. */
  trainingUsers: Int32Array
  /** Users that it is calibrated and measured on. */
  heldOutUsers: Int32Array
  /** Number of last positive items of each history that are targets; 0 where it has fewer than three. */
  targetCounts: Int32Array
  /** Null: the training is not private. */
  privacy: PrivacyPlan | null
}

/**
 * Chooses targets, and the users to learn from and to hold out, by the seed. In a private training the choice depends
 * on a user's position and the number of users alone, and users without targets keep their position, so that the events
 * of one user change nothing about the others. Throws LIMIT where fewer than 100 users have three positive items, or
 * 500 for a private training.
 */
export function planTraining(
  histories: readonly History[],
  seed: number,
  privacy: PrivacyPlan | null = null,
): TrainPlan {
  const positives = histories.map(positivesOf)
  const eligible = positives.flatMap(({ rows }, user) => (rows.length >= LEAST_ITEMS ? [user] : []))
  const needed = privacy ? LEAST_PRIVATE_USERS : LEAST_USERS
  if (eligible.length < needed) {
    const what = privacy ? 'private training' : 'training'
    const message = `${what} needs ${needed} users with ${LEAST_ITEMS} liked items or more, this store has ${eligible.length}; the scorer in use stays`
    throw new InterestMineError('LIMIT', message, { users: eligible.length, needed })
  }
  const many = privacy ? histories.length : eligible.length
  const perUser = Math.min(MOST_TARGETS, Math.max(1, Math.round(WANTED_LISTS / many)))
  const targetCounts = Int32Array.from(positives, ({ rows }) =>
    rows.length < LEAST_ITEMS ? 0 : Math.min(perUser, Math.max(1, Math.floor((rows.length - 1) * TARGET_SHARE))),
  )
  const known = packPositives(
    positives.map(({ rows, at }, user) => ({
      rows: rows.subarray(0, rows.length - targetCounts[user]),
      at: at.subarray(0, rows.length - targetCounts[user]),
    })),
  )
  if (privacy) return { seed, known, targetCounts, privacy, ...drawByPlace(histories.length, perUser, seed) }
  const targetTotal = eligible.reduce((sum, user) => sum + targetCounts[user], 0)
  const share = Math.min(1, (WANTED_LISTS * (1 + HELD_OUT_SHARE)) / targetTotal)
  const chosen = sampleBelow(createRandom(seed), eligible.length, Math.ceil(share * eligible.length))
  const every = Math.round(1 / HELD_OUT_SHARE)
  const pick = (aside: boolean) =>
    Int32Array.from(
      chosen.filter((_, k) => (k % every === 0) === aside),
      (i) => eligible[i],
    )
  return { seed, known, trainingUsers: pick(false), heldOutUsers: pick(true), targetCounts, privacy }
}

/** Draws, for each position independently, whether its user is chosen, and on which side. */
function drawByPlace(users: number, perUser: number, seed: number): Pick<TrainPlan, 'trainingUsers' | 'heldOutUsers'> {
  const random = createRandom(seed)
  const share = (WANTED_LISTS * (1 + HELD_OUT_SHARE)) / (users * perUser)
  const trainingUsers: number[] = []
  const heldOutUsers: number[] = []
  for (let place = 0; place < users; place++) {
    const isChosen = random.unit() < share
    const side = random.unit() < HELD_OUT_SHARE ? heldOutUsers : trainingUsers
    if (isChosen) side.push(place)
  }
  return { trainingUsers: Int32Array.from(trainingUsers), heldOutUsers: Int32Array.from(heldOutUsers) }
}

/** Whether the weight of a term is set by hand (dislikes, wishes, edits), because no event could teach it. */
const isSetByHand = (term: ScorerTerm) => !(term.feature in FEATURE_SIGNS)
const BY_HAND = DEFAULT_SCORER.terms.filter(isSetByHand)

/** The columns of candidate lists that a scorer is fitted on. Each list has its target first. */
export type LearntLists = Pick<TrainingLists, 'values' | 'offsets' | 'targets' | 'candidates'>

/** How a scorer is fitted. `step` is called before each evaluation of the objective; what it throws ends the fit. */
export interface FitMethods {
  /** Fits the terms of the learnt features (`fitTerms`). */
  fitTerms(learnt: TrainingLists, step: () => void): ScorerTerm[]
  /** Fits a and b of sigmoid(a score + b) (`fitSigmoid`). `lists`: the lists that the outcomes are of. */
  fitSigmoid(outcomes: ScoredOutcomes, lists: TrainingLists, step: () => void): { a: number; b: number }
  /** Whether the scorer in use stays where it ranks the held-out users better. */
  keepsBetter: boolean
}

/** Fits without noise, for a training that is not private. */
export const EXACT_METHODS: FitMethods = { fitTerms: fitLists, fitSigmoid, keepsBetter: true }

function fitLists(learnt: LearntLists, step: () => void): ScorerTerm[] {
  return learnt.targets.length > 0 ? fitTerms({ ...learnt, logWeights: logWeightsOf(learnt) }, step) : []
}

/**
 * A scorer with terms fitted on the lists and the terms set by hand. It is not calibrated: all but id and terms is that
 * of `old`. Without lists there are no fitted terms. `step`: as in `fitTerms`.
 */
export function fitScorer(learnt: LearntLists, old: Scorer, step: () => void): Scorer {
  return withTerms(old, fitLists(learnt, step))
}

function withTerms(old: Scorer, terms: readonly ScorerTerm[]): Scorer {
  return { ...old, id: 'additive-2', terms: [...terms, ...BY_HAND] }
}

/** Input of `learnScorer`. */
export interface LearnInput {
  /** Lists to fit on, each with its target first. */
  learnt: TrainingLists
  /** Lists of other users, with all candidates, to calibrate and compare on. */
  heldOut: TrainingLists
  /** The scorer in use. */
  old: Scorer
  /** Log-odds of new items (`estimateNewItemOdds`). The lists do not show them, so they are added to `unseen`. */
  newItemOdds: number
  /** Seed of the bootstrap. */
  seed: number
}

/**
 * Fits a scorer to what users took next, calibrates it on held-out users, and compares it there with the scorer in use.
 * If that one has the higher NDCG@10 it stays and is calibrated again, unless `methods` takes the new one in any case.
 * `step`: called before each evaluation of an objective; what it throws ends the work. Deterministic for the exact
 * methods.
 */
export function learnScorer(
  { learnt, heldOut, old, newItemOdds, seed }: LearnInput,
  methods: FitMethods,
  step: () => void,
): Pick<TrainOutcome, 'scorer' | 'lists' | 'candidateRecall' | 'ndcg' | 'installed' | 'calibration' | 'shapes'> {
  const lists = learnt.targets.length
  const { users } = heldOut
  const candidate = addNewItemOdds(withTerms(old, methods.fitTerms(learnt, step)), newItemOdds)
  const asBefore = heldOut.oldLogits.length > 0 ? withColumn(heldOut, 'adapter', heldOut.oldLogits) : heldOut
  const scores = { before: scoreLists(old, asBefore), after: scoreLists(candidate, heldOut) }
  const gains = { before: listGains(scores.before, asBefore), after: listGains(scores.after, heldOut) }
  const ndcg = compareGains(gains.before, gains.after, users, seed)
  const isBetter = candidate.terms.some((term) => !isSetByHand(term)) && ndcg.after >= ndcg.before
  const installed = isBetter || !methods.keepsBetter
  const chosen = installed ? candidate : old
  const judged = installed ? heldOut : asBefore
  const chosenScores = installed ? scores.after : scores.before
  const { a, b } = methods.fitSigmoid({ scores: chosenScores, hits: hitsOf(judged) }, judged, step)
  const scaled = scaleTerms(
    chosen.terms.filter((term) => !isSetByHand(term)),
    a,
  )
  const scorer: Scorer = {
    id: chosen.id,
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
    calibration: checkCalibration(chosenScores, judged, users),
    shapes: drawShapes(scorer, judged.values),
  }
}

/**
 * Adds the log-odds of new items to the weight of `unseen`. The lists were made as if new items were taken as often as
 * others; real catalogues differ.
 */
function addNewItemOdds(scorer: Scorer, odds: number): Scorer {
  const terms = scorer.terms.map((term) => (term.feature === 'unseen' ? { ...term, weight: term.weight + odds } : term))
  return { ...scorer, terms }
}

/**
 * Correction of sampled softmax, one number a row: ln(negatives found / negatives sampled), at least 0, for a negative,
 * 0 for the target. Lists must have their target first.
 */
export function logWeightsOf({ offsets, candidates }: Pick<TrainingLists, 'offsets' | 'candidates'>): Float32Array {
  const weights = new Float32Array(offsets[offsets.length - 1])
  for (let i = 0; i + 1 < offsets.length; i++) {
    const sampled = offsets[i + 1] - offsets[i] - 1
    weights.fill(Math.log(Math.max(1, (candidates[i] - 1) / Math.max(1, sampled))), offsets[i] + 1, offsets[i + 1])
  }
  return weights
}

/** The lists with the values of one feature replaced. `column`: one value a row. */
function withColumn(lists: TrainingLists, feature: Feature, column: Float32Array): TrainingLists {
  const values = lists.values.slice()
  const at = COLUMN_OF[feature]
  column.forEach((value, row) => {
    values[row * FEATURE_COUNT + at] = value
  })
  return { ...lists, values }
}
