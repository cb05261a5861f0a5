import type { History } from '../columns.js'
import type { Artefacts } from '../model/model.js'
import { type PrivacyPlan, planPrivacy, reportPrivacy } from '../privacy/plan.js'
import { tellStopped } from '../threads/run.js'
import type { TrainOptions } from '../types/options.js'
import type { PrivacyReport, TriedEpsilon } from '../types/reports.js'
import { type LearnOptions, learn } from './learn.js'
import { planTraining, type TrainOutcome } from './plan.js'

/** Called with the privacy cost of a training before it begins. What it throws refuses the training. */
export type Spend = (epsilon: number, delta: number) => Promise<void>

/** Options of `learnPrivately`. `spend`: charges the cost; left out: it is not charged. */
type PrivateLearnOptions = Pick<LearnOptions, 'pool' | 'seed' | 'signal' | 'onProgress'> &
  Pick<TrainOptions, 'ablate' | 'tryEpsilons'> & { spend?: Spend }

/**
 * Trains with differential privacy for each user (docs/privacy.md), and reports the guarantee. The cost is charged
 * before the training begins and is not given back where it is stopped. Epsilons in `tryEpsilons` (null: without
 * privacy) are trained with too and only their NDCG is reported, by rising epsilon; nothing else of them is kept.
 * Rejects with LIMIT where there are too few users, before anything is charged; with INTERRUPTED where it is stopped;
 * and with what `spend` throws.
 */
export async function learnPrivately(
  learning: PrivateLearnOptions,
  fitted: Artefacts,
  histories: readonly History[],
  plan: PrivacyPlan,
): Promise<{ outcome: TrainOutcome; privacy: PrivacyReport }> {
  const { epsilon, delta } = plan
  // Fails where there are too few users, before anything is charged.
  planTraining(histories, learning.seed, plan)
  await learning.spend?.(epsilon, delta)
  const outcome = await learnOnce(learning, fitted, histories, plan)
  if (!learning.tryEpsilons) return { outcome, privacy: reportPrivacy(plan, null) }
  const tried = [reportTried(epsilon, outcome)]
  for (const other of new Set(learning.tryEpsilons)) {
    if (other === epsilon) continue
    const otherPlan = other === null ? null : planPrivacy({ dpEpsilon: other, dpDelta: delta }, histories.length)
    tried.push(reportTried(other, await learnOnce({ ...learning, ablate: false }, fitted, histories, otherPlan)))
  }
  tried.sort((a, b) => (a.epsilon ?? Infinity) - (b.epsilon ?? Infinity))
  return { outcome, privacy: reportPrivacy(plan, tried) }
}

/**
 * Trains without keeping the adapter for a later training: an adapter that is used twice would have to be charged
 * twice.
 */
async function learnOnce(
  { pool, seed, ablate = false, signal, onProgress }: PrivateLearnOptions,
  fitted: Artefacts,
  histories: readonly History[],
  privacy: PrivacyPlan | null,
): Promise<TrainOutcome> {
  const learning = { pool, seed, privacy, ablate, kept: null, keep: async () => {}, signal, onProgress }
  try {
    return (await learn(fitted, histories, learning)).outcome
  } catch (error) {
    throw tellStopped(error, stoppedTraining('nothing of a private training is kept'))
  }
}

function reportTried(epsilon: number | null, { ndcg }: TrainOutcome): TriedEpsilon {
  return { epsilon, ndcg: ndcg.after, ...ndcg.intervals.after }
}

/** Message of a training that was stopped. `rest`: what became of the work. */
export const stoppedTraining = (rest: string) => `training stopped: the scorer in use stays; ${rest}`
