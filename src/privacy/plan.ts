import { InterestMineError } from '../errors.js'
import type { PrivacyOptions } from '../types/options.js'
import type { PrivacyReport } from '../types/reports.js'
import type { RoundsPlan } from '../vectors/rounds.js'
import { findNoise, spentEpsilon } from './accountant.js'

/** The guarantee of a private training, and the rounds of its parts, which cost it together. */
export interface PrivacyPlan {
  epsilon: number
  delta: number
  adapter: RoundsPlan
  scorer: RoundsPlan
  /**
   * Rounds that fit scale and offset. No user takes part both in these and in the scorer's, so the larger of the two
   * costs counts, not their sum.
   */
  calibration: RoundsPlan
}

/** Rounds of each part, chosen on validation events of Amazon Beauty (docs/scoring.md, "Private training"). */
const ROUNDS = { sampleRate: 0.25, steps: 60 }
/** Most that one user contributes to a round (L2 norm). */
const CLIPS = { adapter: 1, scorer: 4, calibration: 4 }
/**
 * Noise of scorer and calibration as a multiple of the adapter's. The adapter's matrix has a hundred times as many
 * numbers, so it gets most of the budget; the scorer learns as well under twice the noise.
 */
const SCORER_NOISE = 2

/** Largest delta that is used where none is given. */
const MOST_DELTA = 1e-5
/** Where none is given, delta is at most (number of users)^-1.1. */
const DELTA_POWER = 1.1

/**
 * The rounds with the least noise that keep to the epsilon and delta asked for; null where no privacy is asked for.
 * `users`: how many the store has. Delta is by default the smaller of 1e-5 and users^-1.1. Fails with BAD_OPTION where
 * epsilon is not above 0 or so small that no noise is enough, where delta is given without epsilon, or where delta is
 * not above 0 and below 1 / users: with a larger one, a user's data could be given away outright.
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

/** The parts in which one user may take part: the adapter's, and one of scorer and calibration, which cost the same. */
function partsPerUser({ adapter, scorer }: Pick<PrivacyPlan, 'adapter' | 'scorer'>): RoundsPlan[] {
  return [adapter, scorer]
}

/** What the guarantee covers: everything that is learnt. */
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

/** The guarantee as a training's report states it. `tried`: results of other epsilons, null where none were tried. */
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
