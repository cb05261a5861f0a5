import type { TrainedAdapter } from '../adapt/train.js'
import type { History } from '../columns.js'
import type { Artefacts } from '../model/model.js'
import { createSecretRandom } from '../privacy/secure-bytes.js'
import type { Feature } from '../rank/features.js'
import type { Scorer } from '../rank/scorer.js'
import { ITERATIONS } from '../rank/train.js'
import { countingPause, createCheck, createPause, type Stoppable, sharedModel } from '../threads/run.js'
import { openProductOnce } from '../vectors/onnx-runtime.js'
import { type AblationSample, fitWithout } from './ablate.js'
import { type ListsInput, makeLists, type TrainingLists } from './lists.js'
import { EXACT_METHODS, type LearnInput, learnScorer, type TrainPlan } from './plan.js'
import { fitPriorModel, type PriorModel } from './prior-model.js'
import { fitPrivately } from './private-fit.js'

/** Input of the task 'adapt'. Fields as in `fitPriorModel`. */
export interface AdaptTask {
  fitted: Pick<Artefacts, 'catalogue' | 'vectors'>
  histories: History[]
  plan: TrainPlan
  kept: TrainedAdapter | null
}

/** Input of the task 'lists'. */
export interface ListsTask extends ListsInput {
  /** Name of the model, the same in all tasks that use it (`sharedModel`). */
  modelName: string
}

/** Input of the task 'learn'. */
export interface LearnTask extends LearnInput {
  plan: Pick<TrainPlan, 'trainingUsers' | 'heldOutUsers' | 'privacy'>
}

/** Input of the task 'ablate'. */
export interface AblateTask {
  sample: AblationSample
  /** The feature that is left out; null: none. */
  feature: Feature | null
  /** The scorer in use before the training. */
  old: Scorer
}

/**
 * The task 'adapt': statistics and adapter from before the targets (`fitPriorModel`). Counts the steps of the adapter.
 * Throws INTERRUPTED where it is stopped.
 */
export async function runAdapt({ fitted, histories, plan, kept, stop }: AdaptTask & Stoppable): Promise<PriorModel> {
  const pause = createPause(stop)
  const counters = new Int32Array(stop)
  return fitPriorModel(fitted, histories, plan, {
    kept,
    product: await openProductOnce(),
    noise: createSecretRandom(),
    pause(done, total) {
      Atomics.store(counters, 1, done)
      Atomics.store(counters, 2, total)
      return pause()
    },
  })
}

/**
 * The task 'lists': the lists of some users (`makeLists`). Counts the lists. Throws INTERRUPTED where it is stopped.
 */
export function runLists({ stop, modelName, ...task }: ListsTask & Stoppable): Promise<TrainingLists> {
  return makeLists({ ...task, model: sharedModel(modelName, task.model) }, countingPause(stop))
}

/**
 * The task 'learn': fits and compares the scorer (`learnScorer`), by noisy sums where the plan is private. Counts the
 * evaluations of the objective. Throws INTERRUPTED where it is stopped.
 */
export async function runLearn({ stop, plan, ...task }: LearnTask & Stoppable) {
  const check = createCheck(stop)
  const counters = new Int32Array(stop)
  const { privacy } = plan
  const total = privacy ? privacy.scorer.steps + privacy.calibration.steps : ITERATIONS
  Atomics.store(counters, 2, total)
  let done = 0
  return learnScorer(task, privacy ? fitPrivately(privacy, plan, createSecretRandom()) : EXACT_METHODS, () => {
    check()
    Atomics.store(counters, 1, Math.min(total, ++done))
  })
}

/**
 * The task 'ablate': NDCG@10 of each held-out list without one feature (`fitWithout`). Adds 1 to the counter at its
 * end. Throws INTERRUPTED where it is stopped.
 */
export async function runAblate({ stop, sample, feature, old }: AblateTask & Stoppable): Promise<Float64Array> {
  const gains = fitWithout(sample, feature, old, createCheck(stop))
  Atomics.add(new Int32Array(stop), 1, 1)
  return gains
}
