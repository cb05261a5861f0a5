import { bootstrapDifferences, bootstrapMeans } from '../metrics/intervals.js'
import { ndcgAt, rankOf } from '../metrics/metrics.js'
import { constantLogLoss, logLoss, reliabilityTable } from '../metrics/reliability.js'
import { fitSigmoid } from '../rank/calibrate.js'
import { FEATURE_COUNT } from '../rank/features.js'
import { type Scorer, scoreFeatures, sigmoid } from '../rank/scorer.js'
import type { CalibrationReport, Range } from '../types/reports.js'
import { joinArrays } from '../vectors/join.js'
import type { TrainingLists } from './lists.js'

/** The columns of candidate lists that measuring a scorer needs. */
export type JudgedLists = Pick<TrainingLists, 'values' | 'offsets' | 'targets'>

/** Ranks that count: NDCG@10, and the calibration of the ten best of each list. */
const CUTOFF = 10

/** Logit, without the bias, of every candidate, list after list. */
export function scoreLists(scorer: Scorer, { values }: JudgedLists): Float64Array {
  return scoreFeatures({ ...scorer, bias: 0 }, values)
}

/**
 * NDCG@10 of each list, 0..1. Ties count at their mean rank; a list whose target is no candidate gets 0. `scores`: one
 * for each candidate, list after list; `isLeftOut`: whether the candidate at a position of `scores` is ignored.
 */
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

/** Mean of the values; 0 where there are none. */
export function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** One entry a candidate, list after list: 1 for the target of a list, else 0. */
export function hitsOf({ values, offsets, targets }: JudgedLists): Uint8Array {
  const hits = new Uint8Array(values.length / FEATURE_COUNT)
  targets.forEach((target, list) => {
    if (target >= 0) hits[offsets[list] + target] = 1
  })
  return hits
}

/**
 * Compares NDCG of the same lists by two scorers. `before`, `after`: NDCG of each list; `users`: the user of each list.
 * Returns the means, and 95 % bootstrap intervals over users; that of the gain is paired.
 */
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
 * Measures how well scores are calibrated as probabilities. Scale and offset (`fitSigmoid`) are fitted on every other
 * user and applied to the rest, and the other way round, so no probability is measured on outcomes that it was fitted
 * on. `scores`: one for each candidate; `users`: user of each list. The table is over the ten best candidates of each
 * list, the log losses over all candidates.
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
