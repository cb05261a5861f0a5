import type { Artefacts } from '../../model/model.js'
import { watchStage, withStop } from '../../threads/run.js'
import { shareArrays } from '../../threads/shared.js'
import type { GraphSeal } from '../../vectors/hnsw-index.js'
import { type Baseline, idOf } from '../baselines/index.js'
import type { PackedQuestions } from '../questions/packing.js'
import type { RankingSettings } from '../setup/options.js'
import type { EvaluationPlan } from '../setup/plan.js'
import type { RunContext } from '../setup/run-context.js'
import { runInParts } from '../setup/run-in-parts.js'
import { joinPredictions, type Predictions } from './predict.js'
import type { BaselineOutcome } from './rank-targets.js'
import type { BaselineTask, PredictTask } from './tasks.js'

/** Questions that one task answers. It does not depend on the number of threads, so results do not either. */
const QUESTIONS_A_TASK = 200
/** Bytes that one baseline may hold. */
const BASELINE_MEMORY = 1.5e9

interface QuestionsRun {
  /** The model that answers, in shared memory. */
  serving: Artefacts
  graph: GraphSeal | null
  questions: PackedQuestions
  /** Users that the statistics in use were counted from. */
  users: number
  /** Places of a list. */
  places: number
  settings: RankingSettings
}

/** Answers all questions by the code that serves, on the pool's threads. Fails with INTERRUPTED. */
export async function answerQuestions(
  { serving, graph, questions, users, places, settings }: QuestionsRun,
  context: RunContext,
): Promise<Predictions> {
  const { graphFile } = context
  const total = questions.users.length
  const options = { places, diversity: settings.diversity, users }
  const inputOf = (from: number, to: number): PredictTask => {
    return { artefacts: serving, graphFile, graph, questions, from, to, options }
  }
  const work = { stage: 'questions', task: 'foretell', total, size: QUESTIONS_A_TASK, inputOf } as const
  return joinPredictions(await runInParts<Predictions>(work, context))
}

type BaselineRanks = BaselineOutcome & { id: string; name: string; source: string }

interface BaselinesRun extends Omit<QuestionsRun, 'graph' | 'users' | 'places'> {
  plan: EvaluationPlan
}

/**
 * Ranks the targets of all questions by each baseline. Baselines that hold a matrix of all items run one after another,
 * so that only one such matrix is in memory; the others run beside them, likewise in turn. Fails with INTERRUPTED.
 *
 * @returns In the order of the settings: the ranks of each baseline, or null and the reason why it cannot run.
 */
export async function runBaselines(
  { serving, plan, questions, settings }: BaselinesRun,
  { pool, signal, onProgress }: RunContext,
) {
  const { baselines } = settings
  const { vectors, catalogue } = serving
  const positives = shareArrays(plan.counted ?? plan.fitted)
  const shared: Omit<BaselineTask, 'baseline'> = {
    positives,
    vectors,
    removed: catalogue.removed,
    questions,
    memory: BASELINE_MEMORY,
  }
  const run = async (baseline: Baseline, stop: SharedArrayBuffer): Promise<BaselineRanks> => {
    const { name, source } = baseline
    const task = { ...shared, baseline: name, stop }
    return { id: idOf(baseline), name, source, ...(await pool.run<BaselineOutcome>('compare', task)) }
  }
  const found = await withStop(
    signal,
    async (stop) => {
      const done = new Map<Baseline, BaselineRanks>()
      const runInTurn = async (some: readonly Baseline[]) => {
        for (const baseline of some) done.set(baseline, await run(baseline, stop))
      }
      await Promise.all(
        [true, false].map((dense) => runInTurn(baselines.filter((one) => Boolean(one.dense) === dense))),
      )
      return baselines.map((baseline) => done.get(baseline)!)
    },
    watchStage('baselines', baselines.length * questions.users.length, onProgress),
  )
  return found.map((one) => ({ ...one, reason: 'reason' in one ? one.reason : null }))
}
