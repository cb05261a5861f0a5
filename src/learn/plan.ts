import type { TrainedAdapter } from '../adapt/train.js'
import type { History } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { type Positives, packPositives, positivesOf } from '../model/histories.js'
import type { Artefacts } from '../model/model.js'
import type { PrivacyPlan } from '../privacy/plan.js'
import { createRandom, sampleBelow } from '../random.js'
import { fitSigmoid, type ScoredOutcomes, scaleTerms } from '../rank/calibrate.js'
import { DEFAULT_SCORER } from '../rank/default-scorer.js'
import { FEATURE_COUNT, FEATURE_SIGNS, FEATURES } from '../rank/features.js'
import type { Scorer, ScorerTerm } from '../rank/scorer.js'
import { drawShapes } from '../rank/shapes.js'
import { fitTerms } from '../rank/train.js'
import type { TrainFindings, TrainReport } from '../types/reports.js'
import { checkCalibration, compareGains, hitsOf, listGains, scoreLists } from './judge.js'
import type { TrainingLists } from './lists.js'

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
const LEAST_ITEMS = 3
/** Fewer users with something to foretell cannot be learnt from. */
export const LEAST_USERS = 100
/** Among fewer, noise that hides one hides all. */
export const LEAST_PRIVATE_USERS = 500

/** Who is asked for what. */
export interface TrainPlan {
  seed: number
  /** What statistics and adapter may know: everything before the events that are asked for. */
  known: Positives
  /** Users (positions in the histories) to learn from, and those kept aside; how many last items each is asked for. */
  trainingUsers: Int32Array
  heldOutUsers: Int32Array
  targetCounts: Int32Array
  /** Null: what is learnt hides nobody. */
  privacy: PrivacyPlan | null
}

/**
 * Fails with LIMIT where fewer than 100 users have three liked items, 500 for a private training. There, who is asked is
 * told by a user's place and the number of users alone, and those who have nothing to foretell keep their place: so one
 * user's events change nothing about the others.
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

/** Each place by coins of its own. */
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

// ---------------------------------------------------------------- scorer

/** Set by hand: no event tells how they should speak. */
const isSetByHand = (term: ScorerTerm) => !(term.feature in FEATURE_SIGNS)
const BY_HAND = DEFAULT_SCORER.terms.filter(isSetByHand)

export type LearntLists = Pick<TrainingLists, 'values' | 'offsets' | 'targets' | 'candidates'>

/** How a scorer is fitted. `step` is called before each look at what is fitted to; what it throws ends the work. */
export interface FitMethods {
  fitTerms(learnt: TrainingLists, step: () => void): ScorerTerm[]
  /** Scale and offset of scores as chances. */
  fitSigmoid(outcomes: ScoredOutcomes, lists: TrainingLists, step: () => void): { a: number; b: number }
  /** Whether the scorer in use stays where it ranks the held-out users better. */
  keepsBetter: boolean
}

/** As well as the lists tell. */
export const EXACT_METHODS: FitMethods = { fitTerms: fitLists, fitSigmoid, keepsBetter: true }

function fitLists(learnt: LearntLists, step: () => void): ScorerTerm[] {
  return learnt.targets.length > 0 ? fitTerms({ ...learnt, logWeights: logWeightsOf(learnt) }, step) : []
}

/** A scorer with terms fitted on the lists, not calibrated; without terms where nothing can be learnt. */
export function fitScorer(learnt: LearntLists, old: Scorer, step: () => void): Scorer {
  return withTerms(old, fitLists(learnt, step))
}

function withTerms(old: Scorer, terms: readonly ScorerTerm[]): Scorer {
  return { ...old, id: 'additive-2', terms: [...terms, ...BY_HAND] }
}

export interface LearnInput {
  learnt: TrainingLists
  heldOut: TrainingLists
  old: Scorer
  /** Log-odds of new items beyond their share, which the lists do not tell. */
  newItemOdds: number
  seed: number
}

/**
 * Learns how features speak from what users did next. The users kept aside calibrate the scores and say whether the
 * new scorer ranks better than the one in use; if not, that one stays and is calibrated (but where `fits` says
 * otherwise). Deterministic, as far as `fits` are.
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

/** The lists were made where new items are as often taken as others; a catalogue has its own odds. */
function addNewItemOdds(scorer: Scorer, odds: number): Scorer {
  const terms = scorer.terms.map((term) => (term.feature === 'unseen' ? { ...term, weight: term.weight + odds } : term))
  return { ...scorer, terms }
}

/** ln(candidates / items shown) for sampled negatives, 0 for the target. */
export function logWeightsOf({ offsets, candidates }: Pick<TrainingLists, 'offsets' | 'candidates'>): Float32Array {
  const weights = new Float32Array(offsets[offsets.length - 1])
  for (let i = 0; i + 1 < offsets.length; i++) {
    const sampled = offsets[i + 1] - offsets[i] - 1
    weights.fill(Math.log(Math.max(1, (candidates[i] - 1) / Math.max(1, sampled))), offsets[i] + 1, offsets[i + 1])
  }
  return weights
}

function withColumn(lists: TrainingLists, feature: (typeof FEATURES)[number], column: Float32Array): TrainingLists {
  const values = lists.values.slice()
  const at = FEATURES.indexOf(feature)
  column.forEach((value, row) => {
    values[row * FEATURE_COUNT + at] = value
  })
  return { ...lists, values }
}
