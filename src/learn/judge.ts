import { bootstrapDifferences, bootstrapMeans } from '../metrics/intervals.js'
import { ndcgAt, rankOf } from '../metrics/metrics.js'
import { constantLogLoss, logLoss, reliabilityTable } from '../metrics/reliability.js'
import { fitSigmoid } from '../rank/calibrate.js'
import { FEATURE_COUNT } from '../rank/features.js'
import { type Scorer, scoreFeatures, sigmoid } from '../rank/scorer.js'
import type { CalibrationReport, Range } from '../types/reports.js'
import { joinArrays } from '../vectors/join.js'
import type { TrainingLists } from './lists.js'

/** Lists of candidates as far as a scorer is judged by them. */
export type JudgedLists = Pick<TrainingLists, 'values' | 'offsets' | 'targets'>

/** A list is judged by so many of its best. */
const CUTOFF = 10

/** Logit less the bias of every candidate, list after list. */
export function scoreLists(scorer: Scorer, { values }: JudgedLists): Float64Array {
  return scoreFeatures({ ...scorer, bias: 0 }, values)
}

/** NDCG@10 of each list, ties at their mean rank, 0 where the target is no candidate; some rows may be left out. */
export function listGains(
  scores: Float64Array,
  { offsets, targets }: JudgedLists,
  isLeftOut: (row: number) => boolean = () => false,
): Float64Array {
  return Float64Array.from(targets, (target, list) => {
    if (target < 0) return 0
    const from = offsets[list]
    return ndcgAt(
      rankOf(scores.subarray(from, offsets[list + 1]), target, (i) => isLeftOut(from + i)),
      CUTOFF,
    )
  })
}

export function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** 1 where the candidate is the target of its list. */
export function hitsOf({ values, offsets, targets }: JudgedLists): Uint8Array {
  const hits = new Uint8Array(values.length / FEATURE_COUNT)
  targets.forEach((target, list) => {
    if (target >= 0) hits[offsets[list] + target] = 1
  })
  return hits
}

/** Means of the lists' gains before and after, with 95 % intervals over users; `users` names the user of each list. */
export function compareGains(
  before: Float64Array,
  after: Float64Array,
  users: Int32Array,
  seed: number,
): { before: number; after: number; intervals: { before: Range; after: Range; gain: Range } } {
  const [old, now] = bootstrapMeans([before, after], users, { seed })
  const [gain] = bootstrapDifferences([after], [before], users, { seed })
  const range = ({ low, high }: Range) => ({ low, high })
  return {
    before: average(before),
    after: average(after),
    intervals: { before: range(old), after: range(now), gain: range(gain) },
  }
}

/**
 * Whether chances told from these scores hold. Scale and offset are fitted on every other user and tried on the rest,
 * and the other way round: the table measures nothing that it was fitted on.
 */
export function checkCalibration(scores: Float64Array, lists: JudgedLists, users: Int32Array): CalibrationReport {
  const { offsets, targets } = lists
  const hits = hitsOf(lists)
  const folds = foldUsers(users)
  const chances = new Float64Array(scores.length)
  for (const tried of [0, 1]) {
    const fitted = Array.from(folds.keys()).filter((list) => folds[list] !== tried)
    const { a, b } = fitSigmoid({
      scores: joinArrays(Float64Array, fitted, (list) => scores.subarray(offsets[list], offsets[list + 1])),
      hits: joinArrays(Uint8Array, fitted, (list) => hits.subarray(offsets[list], offsets[list + 1])),
    })
    for (const list of folds.keys()) {
      if (folds[list] !== tried) continue
      for (let row = offsets[list]; row < offsets[list + 1]; row++) chances[row] = sigmoid(a * scores[row] + b)
    }
  }
  const best = Array.from(targets.keys()).flatMap((list) => findBest(scores, offsets[list], offsets[list + 1]))
  const table = reliabilityTable(
    Float64Array.from(best, (row) => chances[row]),
    Uint8Array.from(best, (row) => hits[row]),
  )
  return { ...table, logLoss: logLoss(chances, hits), constantLogLoss: constantLogLoss(hits) }
}

/** 0 or 1 for each list: every other user, all lists of a user together. */
function foldUsers(users: Int32Array): Uint8Array {
  const folds = new Map<number, number>()
  return Uint8Array.from(users, (user) => {
    const fold = folds.get(user) ?? folds.size % 2
    folds.set(user, fold)
    return fold
  })
}

/** Rows of the ten highest scores between `from` and `to`, the earlier of equals. */
function findBest(scores: Float64Array, from: number, to: number): number[] {
  const rows = Array.from({ length: to - from }, (_, i) => from + i)
  return rows.sort((a, b) => scores[b] - scores[a] || a - b).slice(0, CUTOFF)
}
