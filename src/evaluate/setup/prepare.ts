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

export interface PreparedModel {
  /** What serves, in shared memory. */
  serving: Artefacts
  graph: GraphSeal | null
  training: EvaluateReport['training']
  /** What an ablation needs, where one is wanted and there is one to make. */
  ablationLists: AblationLists | null
}

export type AblationLists = Pick<Learnt, 'learnt' | 'heldOut' | 'heldOutUsers'>

/** Fits, learns and counts. What is not needed afterwards is let go here: it would stand beside the baselines' matrices. */
export async function prepareModel(
  text: TextColumns,
  plan: EvaluationPlan,
  settings: RankingSettings,
  context: RunContext,
  notes: string[],
): Promise<PreparedModel> {
  // What is asked wrongly is said before anything is fitted.
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
  const { learnt: taught, heldOut, heldOutUsers } = learnt
  const ablationLists = settings.ablate ? { ...shareArrays({ learnt: taught, heldOut }), heldOutUsers } : null
  return { serving, graph, training: reportTraining(learnt, privacy), ablationLists }
}

/** Everything but what is learnt, from the events of the training part. */
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

/** Null, and a note, where there is too little behaviour; the default scorer is then what serves. */
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

/** The statistics that serve, where they are not those that were fitted. */
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
  // Of a private training the last is kept, whatever it measures.
  const adapter = (plan ? measures.at(-1) : measures.sort((a, b) => b - a)[0]) ?? null
  const privacy = plan && { epsilon: plan.epsilon, delta: plan.delta }
  return { scorer: scorer.id, installed, users, heldOut, lists, ndcg, adapter, privacy }
}
