import type { TextColumns } from '../../build/texts.js'
import { InterestMineError } from '../../errors.js'
import { type LearnOptions, type Learnt, learn } from '../../learn/learn.js'
import type { FitColumns } from '../../model/fit.js'
import type { Positives } from '../../model/histories.js'
import type { Artefacts } from '../../model/model.js'
import type { FitResult, FitTask } from '../../model/tasks.js'
import { type PrivacyPlan, planPrivacy } from '../../privacy/plan.js'
import { DEFAULT_SCORER } from '../../rank/default-scorer.js'
import type { Statistics } from '../../retrieve/statistics.js'
import { withStop } from '../../threads/run.js'
import { shareArrays } from '../../threads/shared.js'
import type { GraphSeal } from '../../vectors/hnsw-index.js'
import type { RankingSettings } from './options.js'
import type { EvaluationPlan } from './plan.js'
import type { EvaluateReport } from './report.js'
import type { RunContext } from './run-context.js'
import type { CountTask } from './tasks.js'

/** A model fitted and trained for the questions of a plan. */
export interface PreparedModel {
  /** The model that answers the questions, in shared memory. */
  serving: Artefacts
  /** Checksum of the HNSW graph of its index; null where it has none. */
  graph: GraphSeal | null
  /** What the training did; null where there was too little behaviour to train on. */
  training: EvaluateReport['training']
  /** Null where no ablation is wanted, or no scorer was trained. */
  ablationLists: AblationLists | null
}

/** The candidate lists of a training that an ablation is computed from: those trained on, and the held-out ones. */
export type AblationLists = Pick<Learnt, 'learnt' | 'heldOut' | 'heldOutUsers'>

/**
 * Fits the model on the training part, trains adapter and scorer, and counts the statistics in use. Adds to `notes`
 * what a person should know. What is not needed afterwards is dropped on return, for the baselines need the memory.
 *
 * Fails with BAD_OPTION where the privacy settings cannot be met, before anything is fitted; with INTERRUPTED.
 */
export async function prepareModel(
  text: TextColumns,
  plan: EvaluationPlan,
  settings: RankingSettings,
  context: RunContext,
  notes: string[],
): Promise<PreparedModel> {
  // A wrong privacy setting should fail before minutes are spent on fitting.
  const privacy = planPrivacy(settings, plan.learnt.length)
  const { artefacts: fitted, graph } = await fitTrainingPart(text, plan.fitted, settings.seed, context)
  const learnt = await learnIfPossible(fitted, plan, { seed: settings.seed, privacy }, context, notes)
  if (settings.ablate && !learnt) notes.push('nothing was left out in turn: there is no learnt scorer to compare with')
  const serving = shareArrays<Artefacts>({
    ...fitted,
    ...(await countServing(plan, fitted, context)),
    scorer: learnt?.outcome.scorer ?? DEFAULT_SCORER,
    adapter: learnt?.outcome.adapter ?? null,
  })
  if (!learnt) return { serving, graph, training: null, ablationLists: null }
  const { learnt: lists, heldOut, heldOutUsers } = learnt
  const ablationLists = settings.ablate ? { ...shareArrays({ learnt: lists, heldOut }), heldOutUsers } : null
  return { serving, graph, training: reportTraining(learnt, privacy), ablationLists }
}

/**
 * Fits a model on the liked items of the training part: space, statistics, topics and index, with the default scorer
 * and no adapter. Fails with INTERRUPTED.
 */
export async function fitTrainingPart(
  text: TextColumns,
  fitted: Positives,
  seed: number,
  { pool, graphFile, signal, onProgress }: RunContext,
): Promise<FitResult> {
  onProgress?.({ stage: 'fit', done: 0, total: null, rate: null, secondsLeft: null })
  const columns: FitColumns = {
    ...text,
    histories: fitted.lists,
    at: fitted.at,
    scorer: DEFAULT_SCORER,
    trained: null,
  }
  return withStop(signal, (stop) => {
    const task: FitTask = { columns, seed, graphFile, stop }
    return pool.run<FitResult>('fit', task)
  })
}

/** Trains adapter and scorer. Where there is too little behaviour (LIMIT), adds a note and gives null. */
async function learnIfPossible(
  fitted: Artefacts,
  { learnt }: EvaluationPlan,
  { seed, privacy }: Pick<LearnOptions, 'seed' | 'privacy'>,
  { pool, signal, onProgress }: RunContext,
  notes: string[],
): Promise<Learnt | null> {
  try {
    return await learn(fitted, learnt, {
      pool,
      seed,
      privacy,
      ablate: false,
      kept: null,
      keep: async () => {},
      signal,
      onProgress,
    })
  } catch (error) {
    if (!(error instanceof InterestMineError && error.code === 'LIMIT')) throw error
    notes.push(`the default scorer served: ${error.message}`)
    return null
  }
}

/** The statistics in use, where the plan counts them from other events than those that the model is fitted on. */
async function countServing(
  { counted }: EvaluationPlan,
  { catalogue }: Artefacts,
  { pool, signal }: RunContext,
): Promise<Partial<Statistics>> {
  if (!counted) return {}
  const task: CountTask = { positives: counted, catalogue }
  return withStop(signal, (stop) => pool.run<Statistics>('count', { ...task, stop }))
}

function reportTraining({ outcome }: Learnt, plan: PrivacyPlan | null): EvaluateReport['training'] {
  const { scorer, installed, users, heldOut, lists, ndcg, curve } = outcome
  const measures = curve.map(({ measure }) => measure)
  // A private training keeps its last adapter: to choose the best pass, it would have to look at users without noise.
  const adapter = (plan ? measures.at(-1) : measures.sort((a, b) => b - a)[0]) ?? null
  const privacy = plan && { epsilon: plan.epsilon, delta: plan.delta }
  return { scorer: scorer.id, installed, users, heldOut, lists, ndcg, adapter, privacy }
}
