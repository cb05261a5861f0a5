import { InterestMineError } from '../errors.js'
import type { PrivacyOptions, PrivacyReport } from '../types.js'
import type { RoundsPlan } from '../vectors/rounds.js'
import { findNoise, spentEpsilon } from './accountant.js'

/** What a private training may give away of one user, and the rounds of its parts, which spend it together. */
export interface PrivacyPlan {
  epsilon: number
  delta: number
  adapter: RoundsPlan
  scorer: RoundsPlan
  /** Of scale and offset. It asks users whom the scorer does not, so the larger of the two is spent, not their sum. */
  calibration: RoundsPlan
}

/**
 * Rounds of each part: chosen on validation events of Amazon Beauty (docs/scoring.md). The adapter's matrix has a
 * hundred times the numbers of the scorer, so it is given most of the budget: the scorer learns as well under twice the
 * noise.
 */
const ROUNDS = { sampleRate: 0.25, steps: 60 }
const CLIPS = { adapter: 1, scorer: 4, calibration: 4 }
const SCORER_NOISE = 2

/** Largest delta that is taken where none is given, and its fall with the number of users. */
const MOST_DELTA = 1e-5
const DELTA_POWER = 1.1

/**
 * The least noise that keeps to what is asked for; null where privacy is not. `users`: how many the store has; delta is
 * by default the smaller of 1e-5 and users^-1.1. Fails with BAD_OPTION where epsilon is not above 0, or so small that no
 * noise would do; or where delta is not above 0 and below 1 / users: above that, one user could be given away outright.
 */
export function planPrivacy({ dpEpsilon, dpDelta }: PrivacyOptions, users: number): PrivacyPlan | null {
  if (dpEpsilon === undefined) {
    if (dpDelta === undefined) return null
    throw badOption('dpDelta', dpDelta, 'goes with an epsilon: give --dp-epsilon too')
  }
  if (!(Number.isFinite(dpEpsilon) && dpEpsilon > 0))
    throw badOption('dpEpsilon', dpEpsilon, 'must be a number above 0')
  const delta = dpDelta ?? Math.min(MOST_DELTA, Math.max(1, users) ** -DELTA_POWER)
  if (!(delta > 0 && delta < 1 / Math.max(1, users))) {
    throw badOption('dpDelta', delta, `must be above 0 and below one over the number of users, ${users}`)
  }
  const noise = findNoise((factor) => partsPerUser(planOf(factor)), dpEpsilon, delta)
  if (noise === null) throw badOption('dpEpsilon', dpEpsilon, `is too small for a delta of ${delta}: no noise would do`)
  return { epsilon: dpEpsilon, delta, ...planOf(noise) }
}

function planOf(noise: number): Pick<PrivacyPlan, 'adapter' | 'scorer' | 'calibration'> {
  const scorer = { ...ROUNDS, noiseMultiplier: SCORER_NOISE * noise, clip: CLIPS.scorer }
  return {
    adapter: { ...ROUNDS, noiseMultiplier: noise, clip: CLIPS.adapter },
    scorer,
    calibration: { ...scorer, clip: CLIPS.calibration },
  }
}

/** The parts that may meet in one user: all are asked for the adapter, each for one of the other two, which are alike. */
function partsPerUser({ adapter, scorer }: Pick<PrivacyPlan, 'adapter' | 'scorer'>): RoundsPlan[] {
  return [adapter, scorer]
}

/** What the promise is about: everything that is learnt. */
const COVERS = [
  "the adapter's maps, and the vectors that they give to items",
  'weights and shapes of the scorer, given the counts that features are told from',
  'scale and offset of its chances, given the same',
]
const NOT_COVERED = [
  'counted statistics: co-visits, transitions, popularity and times of items, log-odds of new items, numbers of users and lists',
  'the space of interests, topics, and interests of users',
  "measures in this report (NDCG, curve, calibration, shapes' histograms, ablation): they are of users as they are, for the operator alone",
]

/** The promise in a report. */
export function tellPrivacy(plan: PrivacyPlan, tried: PrivacyReport['tried']): PrivacyReport {
  const { epsilon, delta } = plan
  const parts = (['adapter', 'scorer', 'calibration'] as const).map((part) => {
    return { part, ...plan[part], epsilon: spentEpsilon([plan[part]], delta) }
  })
  return { epsilon, delta, unit: 'user', parts, covers: COVERS, notCovered: NOT_COVERED, tried }
}

function badOption(option: 'dpEpsilon' | 'dpDelta', value: number, why: string): InterestMineError {
  const flag = option === 'dpEpsilon' ? '--dp-epsilon' : '--dp-delta'
  return new InterestMineError('BAD_OPTION', `${option} (${flag}) ${value} ${why}`, { option, value })
}
