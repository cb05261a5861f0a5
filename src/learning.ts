import type { Artefacts } from './model.js'
import {
  type AdaptTask,
  inPool,
  type LearnTask,
  runAdapt,
  runLearn,
  runShow,
  type ShowTask,
  withStop,
} from './tasks.js'
import { joinShown, type Knowledge, planTraining, type ShownLists, type TrainOutcome } from './training.js'
import type { History, Progress } from './types.js'
import { shareArrays } from './vectors/shared.js'
import type { Pool } from './vectors/workers.js'

/** Users whose lists one task makes: the same whatever the number of threads, so that results are too. */
const USERS_A_TASK = 500

export interface LearnOptions {
  pool: Pool | null
  seed: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** What was learnt, and the statistics from before the events that were asked for. */
export interface Learnt {
  outcome: TrainOutcome
  knowledge: Knowledge
  /** The lists that the scorer was learnt from, and those it was judged by. */
  learnt: ShownLists
  heldOut: ShownLists
  /** User (position in the histories) of each held-out list. */
  heldOutUsers: Int32Array
}

/**
 * Trains adapter and scorer on worker threads: statistics and adapter from what came before each user's last events,
 * lists of what would have been shown before those, and the scorer from them. Deterministic, whatever the threads.
 */
export async function learn(
  fitted: Artefacts,
  histories: readonly History[],
  { pool, seed, signal, onProgress }: LearnOptions,
): Promise<Learnt> {
  const plan = planTraining(histories, seed)
  const report = (stage: Progress['stage']) => (done: number, total: number) =>
    onProgress?.({ stage, done, total: total || null, rate: null, secondsLeft: null })
  report('adapter')(0, 0)
  const { catalogue, vectors } = fitted
  const adaptTask: AdaptTask = { fitted: { catalogue, vectors }, histories: [...histories], plan }
  const knowledge = await withStop(
    signal,
    (stop) => inPool<Knowledge>(pool, 'adapt', { ...adaptTask, stop }, runAdapt),
    report('adapter'),
  )
  const { curve, ...counted } = knowledge
  const { neighbours } = fitted
  const model = shareArrays({ catalogue, vectors, neighbours, ...counted, loose: new Int32Array(0) })
  const before = shareArrays(fitted.adapter)
  const shown = await withStop(
    signal,
    async (stop) => {
      const asked = plan.learnt.length + plan.aside.length
      Atomics.store(new Int32Array(stop), 2, asked)
      const show = (users: Int32Array, negatives: number | null, salt: number) =>
        Promise.all(
          Array.from({ length: Math.ceil(users.length / USERS_A_TASK) }, (_, k) => {
            const part = users.subarray(k * USERS_A_TASK, (k + 1) * USERS_A_TASK)
            const task: ShowTask = {
              model,
              before,
              histories: Array.from(part, (user) => histories[user]),
              targets: Int32Array.from(part, (user) => plan.targets[user]),
              negatives,
              seed: seed + 2 * k + salt,
            }
            return inPool<ShownLists>(pool, 'show', { ...task, stop }, runShow)
          }),
        )
      // One thread or many: parts come back in order.
      return [joinShown(await show(plan.learnt, NEGATIVES, 0)), joinShown(await show(plan.aside, null, 1))]
    },
    report('lists'),
  )
  report('scorer')(0, 0)
  const learnTask: LearnTask = { learnt: shown[0], heldOut: shown[1], old: fitted.scorer }
  const scored = await withStop(signal, (stop) =>
    inPool<Awaited<ReturnType<typeof runLearn>>>(pool, 'learn', { ...learnTask, stop }, runLearn),
  )
  const outcome: TrainOutcome = {
    ...scored,
    adapter: scored.installed ? knowledge.adapter : fitted.adapter,
    users: plan.learnt.length,
    heldOut: plan.aside.length,
    curve,
  }
  const heldOutUsers = Int32Array.from([...plan.aside].flatMap((user) => Array(plan.targets[user]).fill(user)))
  return { outcome, knowledge, learnt: shown[0], heldOut: shown[1], heldOutUsers }
}

/** Other candidates of a list that the scorer learns from. */
const NEGATIVES = 120
