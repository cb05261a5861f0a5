import { bootstrapDifferences } from '../metrics/intervals.js'
import { createRandom, sampleBelow } from '../random.js'
import { COLUMN_OF, FEATURE_COUNT, type Feature, LEARNT_FEATURES } from '../rank/features.js'
import type { Scorer } from '../rank/scorer.js'
import type { AblationReport } from '../types/reports.js'
import { average, type JudgedLists, listGains, scoreLists } from './judge.js'
import type { TrainingLists } from './lists.js'
import { fitScorer, type LearntLists } from './plan.js'

/** Lists that each fit uses at most, to learn from and to answer: a fit on all would take as long as the training. */
const MOST_LISTS = 2000

/** The lists that every fit of an ablation uses. */
export interface AblationSample {
  /** Lists to fit on. */
  learnt: LearntLists
  /** Lists to measure NDCG on, of other users. */
  heldOut: JudgedLists
  /** User of each list of `heldOut`. */
  users: Int32Array
}

/**
 * Draws the lists of an ablation: at most 2,000 to fit on and 2,000 to measure on, by the seed where there are more.
 * `users`: user of each list of `heldOut`.
 */
export function sampleLists(
  learnt: TrainingLists,
  heldOut: TrainingLists,
  users: Int32Array,
  seed: number,
): AblationSample {
  const random = createRandom(seed)
  const answered = sampleBelow(random, heldOut.targets.length, MOST_LISTS)
  return {
    learnt: pickLists(learnt, sampleBelow(random, learnt.targets.length, MOST_LISTS)),
    heldOut: pickLists(heldOut, answered),
    users: Int32Array.from(answered, (list) => users[list]),
  }
}

function pickLists({ values, offsets, targets, candidates }: LearntLists, which: Int32Array): LearntLists {
  const picked = new Uint32Array(which.length + 1)
  which.forEach((list, i) => {
    picked[i + 1] = picked[i] + offsets[list + 1] - offsets[list]
  })
  const kept = new Float32Array(picked[which.length] * FEATURE_COUNT)
  which.forEach((list, i) => {
    kept.set(
      values.subarray(offsets[list] * FEATURE_COUNT, offsets[list + 1] * FEATURE_COUNT),
      picked[i] * FEATURE_COUNT,
    )
  })
  return {
    values: kept,
    offsets: picked,
    targets: Int32Array.from(which, (list) => targets[list]),
    candidates: Int32Array.from(which, (list) => candidates[list]),
  }
}

/** The learnt features that have different values in the lists; leaving out any other changes nothing. */
export function variedFeatures({ values }: LearntLists): Feature[] {
  return LEARNT_FEATURES.map(({ name }) => name).filter((feature) => {
    const column = COLUMN_OF[feature]
    for (let at = column; at < values.length; at += FEATURE_COUNT) {
      if (values[at] !== values[column] && !(Number.isNaN(values[at]) && Number.isNaN(values[column]))) return true
    }
    return false
  })
}

/**
 * NDCG@10 of each held-out list by a scorer that is fitted without one feature; null: with all. `old`: the scorer in
 * use before the training; `step`: as in `fitTerms`.
 */
export function fitWithout(
  { learnt, heldOut }: AblationSample,
  feature: Feature | null,
  old: Scorer,
  step: () => void,
): Float64Array {
  const scorer = fitScorer(feature === null ? learnt : blankFeature(learnt, feature), old, step)
  return listGains(scoreLists(scorer, heldOut), heldOut)
}

/** The lists with a feature set to 0 everywhere. A fit leaves out a feature that is the same everywhere. */
function blankFeature(lists: LearntLists, feature: Feature): LearntLists {
  const values = lists.values.slice()
  for (let at = COLUMN_OF[feature]; at < values.length; at += FEATURE_COUNT) values[at] = 0
  return { ...lists, values }
}

/**
 * The report of an ablation, with 95 % bootstrap intervals over users, largest loss first. `all`: NDCG@10 of each
 * held-out list with all features; `without`: the same with each feature left out; `seed`: of the bootstrap.
 */
export function reportAblation(
  { learnt, heldOut, users }: AblationSample,
  all: Float64Array,
  without: readonly { feature: Feature; gains: Float64Array }[],
  seed: number,
): AblationReport {
  const intervals = bootstrapDifferences(
    without.map(() => all),
    without.map(({ gains }) => gains),
    users,
    { seed },
  )
  const rows = without.map(({ feature }, k) => {
    const { mean, low, high } = intervals[k]
    return { feature, lost: mean, low, high }
  })
  return {
    lists: learnt.targets.length,
    heldOut: heldOut.targets.length,
    ndcg: average(all),
    without: rows.sort((a, b) => b.lost - a.lost),
  }
}
