import type { History } from '../columns.js'
import type { Artefacts } from '../model/model.js'
import { type PrivacyPlan, planPrivacy, reportPrivacy } from '../privacy/plan.js'
import { tellStopped } from '../threads/run.js'
import type { TrainOptions } from '../types/options.js'
import type { PrivacyReport, TriedEpsilon } from '../types/reports.js'
import { type LearnOptions, learn } from './learn.js'
import { planTraining, type TrainOutcome } from './plan.js'

/** Told what a training is going to give away of each user, before it begins; what it throws refuses that. */
export type Spend = (epsilon: number, delta: number) => Promise<void>

type PrivateLearnOptions = Pick<LearnOptions, 'pool' | 'seed' | 'signal' | 'onProgress'> &
  Pick<TrainOptions, 'ablate' | 'tryEpsilons'> & { spend?: Spend }

/**
 * Learns so that each user is hidden, and tells what that promises. What is spent is spent, whether the training comes
 * to its end or is stopped. Other epsilons that are to be tried are: nothing of what is learnt there goes on.
 */
export async function learnPrivately(
  learning: PrivateLearnOptions,
  fitted: Artefacts,
  histories: readonly History[],
  plan: PrivacyPlan,
): Promise<{ outcome: TrainOutcome; privacy: PrivacyReport }> {
  const { epsilon, delta } = plan
  // Where users are too few this fails, before anything is paid.
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

/** Learns and keeps nothing for a training to come: an adapter that is taken twice would be spent twice. */
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

/** What a training that was stopped says; `rest`: what there is of it. */
export const stoppedTraining = (rest: string) => `training stopped: the scorer in use stays; ${rest}`
