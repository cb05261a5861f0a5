import type { TrainedAdapter } from '../adapt/train.js'
import type { History } from '../columns.js'
import type { Artefacts } from '../model/model.js'
import type { PrivacyPlan } from '../privacy/plan.js'
import type { Feature } from '../rank/features.js'
import { estimate, withStop } from '../threads/run.js'
import { shareArrays } from '../threads/shared.js'
import type { Pool } from '../threads/workers.js'
import type { Progress } from '../types/options.js'
import type { AblationReport } from '../types/reports.js'
import { reportAblation, sampleLists, variedFeatures } from './ablate.js'
import { joinLists, NEGATIVES, type TrainingLists } from './lists.js'
import { type learnScorer, planTraining, type TrainOutcome } from './plan.js'
import type { PriorModel } from './prior-model.js'
import type { AblateTask, AdaptTask, LearnTask, ListsTask } from './tasks.js'

/** Users whose lists one task makes. It does not depend on the number of threads, so results do not either. */
const USERS_A_TASK = 250

/** Options of `learn`. */
export interface LearnOptions {
  pool: Pool
  seed: number
  /** Rounds of noisy sums that hide each user in what is learnt (`planPrivacy`); null: none. */
  privacy: PrivacyPlan | null
  /** Whether to fit the scorer without each feature in turn, for the report. */
  ablate: boolean
  /** The adapter of an equal training that was stopped after it was trained; null: an adapter is trained. */
  kept: TrainedAdapter | null
  /** Called with the adapter as soon as it is trained, so that it can be kept for a later training. */
  keep: (trained: TrainedAdapter) => Promise<unknown>
  /** Stops the training where it is aborted. */
  signal?: AbortSignal
  /** Told the progress of the stages 'adapter', 'lists', 'scorer' and 'ablation'. */
  onProgress?: (progress: Progress) => void
}

/** Result of `learn`. */
export interface Learnt {
  outcome: TrainOutcome
  /** Statistics and adapter from before the target events. */
  prior: PriorModel
  /** The lists that the scorer was fitted on. */
  learnt: TrainingLists
  /** The lists of held-out users, that it was calibrated and measured on. */
  heldOut: TrainingLists
  /** User (position in the histories) of each list of `heldOut`. */
  heldOutUsers: Int32Array
}

/**
 * Trains adapter and scorer on worker threads (docs/scoring.md, "The scorer"). Each user's last positive events are
 * targets. Statistics and adapter are learnt from the events before these; then candidates are listed as they would
 * have been before each target; then the scorer is fitted on the lists and compared with that of `fitted` on held-out
 * users. The result does not depend on the number of threads. Rejects with LIMIT where too few users have three liked
 * items (`planTraining`), and with INTERRUPTED where it is stopped.
 */
export async function learn(
  fitted: Artefacts,
  histories: readonly History[],
  { pool, seed, privacy, ablate, kept, keep, signal, onProgress }: LearnOptions,
): Promise<Learnt> {
  const plan = planTraining(histories, seed, privacy)
  const report = (stage: Progress['stage']) => (done: number, total: number, seconds: number) =>
    onProgress?.({ stage, done, total: total || null, ...estimate(done, total, seconds) })
  if (!kept) report('adapter')(0, 0, 0)
  const { catalogue, vectors } = fitted
  const adaptTask: AdaptTask = { fitted: { catalogue, vectors }, histories: [...histories], plan, kept }
  const prior = await withStop(
    signal,
    (stop) => pool.run<PriorModel>('adapt', { ...adaptTask, stop }),
    kept ? undefined : report('adapter'),
  )
  const { curve, cold, newItemOdds, ...counted } = prior
  if (!kept && counted.adapter) await keep({ adapter: counted.adapter, curve })
  const { neighbours, modalities } = fitted
  const shared = shareArrays({ catalogue, vectors, modalities, neighbours, loose: new Int32Array(0) })
  const model = { ...shared, ...shareArrays(counted) }
  const coldModel = { ...shared, ...shareArrays(cold) }
  const oldAdapter = shareArrays(fitted.adapter)
  const run = ++runs
  const [learnt, heldOut] = await withStop(
    signal,
    async (stop) => {
      const listUsers = plan.trainingUsers.length + plan.heldOutUsers.length
      Atomics.store(new Int32Array(stop), 2, listUsers)
      const makeAllLists = (users: Int32Array, negatives: number | null, salt: number) =>
        Promise.all(
          Array.from({ length: Math.ceil(users.length / USERS_A_TASK) }, (_, k) => {
            const part = users.subarray(k * USERS_A_TASK, (k + 1) * USERS_A_TASK)
            const isCold = negatives !== null && k % COLD_EVERY === 0
            const task: ListsTask = {
              modelName: `${run} ${isCold}`,
              model: isCold ? coldModel : model,
              oldAdapter,
              histories: Array.from(part, (user) => histories[user]),
              users: part,
              targetCounts: Int32Array.from(part, (user) => plan.targetCounts[user]),
              negatives,
              seed: seed + 2 * k + salt,
              separateStreams: privacy !== null,
            }
            return pool.run<TrainingLists>('lists', { ...task, stop })
          }),
        )
      // Parts come back in order, whatever the number of threads.
      return [
        joinLists(await makeAllLists(plan.trainingUsers, NEGATIVES, 0)),
        joinLists(await makeAllLists(plan.heldOutUsers, null, 1)),
      ]
    },
    report('lists'),
  )
  report('scorer')(0, 0, 0)
  const learnTask: LearnTask = { learnt, heldOut, old: fitted.scorer, newItemOdds, seed, plan }
  const scored = await withStop(
    signal,
    (stop) => pool.run<ReturnType<typeof learnScorer>>('learn', { ...learnTask, stop }),
    report('scorer'),
  )
  const ablation = ablate
    ? await withStop(signal, (stop) => ablateFeatures(learnTask, pool, stop), report('ablation'))
    : null
  const countEligible = (users: Int32Array) => users.reduce((n, user) => n + Number(plan.targetCounts[user] > 0), 0)
  const outcome: TrainOutcome = {
    ...scored,
    ablation,
    adapter: scored.installed ? prior.adapter : fitted.adapter,
    users: countEligible(plan.trainingUsers),
    heldOut: countEligible(plan.heldOutUsers),
    curve,
  }
  return { outcome, prior, learnt, heldOut, heldOutUsers: heldOut.users }
}

/** Trainings of this process so far. Threads know a model by a name that includes it. */
let runs = 0

/** One of so many tasks makes its lists with `PriorModel.cold`, in which a fifth of the items are new. */
const COLD_EVERY = 2

/** Fits the scorer with all features and without each in turn, as many fits at once as there are threads. */
async function ablateFeatures(
  { learnt, heldOut, old, seed }: LearnTask,
  pool: Pool,
  stop: SharedArrayBuffer,
): Promise<AblationReport> {
  const sample = shareArrays(sampleLists(learnt, heldOut, heldOut.users, seed))
  const features = variedFeatures(sample.learnt)
  Atomics.store(new Int32Array(stop), 2, features.length + 1)
  const fit = (feature: Feature | null) => {
    const task: AblateTask = { sample, feature, old }
    return pool.run<Float64Array>('ablate', { ...task, stop })
  }
  const [all, ...gains] = await Promise.all([null, ...features].map(fit))
  const without = features.map((feature, k) => ({ feature, gains: gains[k] }))
  return reportAblation(sample, all, without, seed)
}
