import { packQuestions } from '../questions/packing.js'
import type { RankingSettings } from '../setup/options.js'
import { maskSlices, planEvaluation } from '../setup/plan.js'
import { prepareModel } from '../setup/prepare.js'
import type { EvaluateReport } from '../setup/report.js'
import type { EvaluationData } from '../setup/rows.js'
import type { RunContext } from '../setup/run-context.js'
import { runAblation } from './ablation.js'
import { answerQuestions, runBaselines } from './answer-questions.js'
import { describeProtocol } from './protocol.js'
import type { RankingResults, RankingSummary } from './summarise.js'

/** Places of a list. */
const PLACES = 10

/**
 * Evaluates the ranking: fits on the training part, trains adapter and scorer, answers every question by the code that
 * serves, and runs the baselines on the same questions. The same data and settings give the same report, whatever the
 * number of threads. Fails with BAD_OPTION, BAD_INPUT, LIMIT or INTERRUPTED, as `evaluate`.
 */
export async function evaluateRanking(
  { text, histories, encoderId, notes: known }: EvaluationData,
  settings: RankingSettings,
  context: RunContext,
): Promise<Omit<EvaluateReport, 'seconds' | 'peakMB'>> {
  const notes = [...known]
  const { catalogue } = text
  const plan = planEvaluation(histories, catalogue.removed, settings)
  if (plan.removedTargets > 0)
    notes.push(`${plan.removedTargets} questions were left out: their item is no longer in the catalogue`)
  const { serving, graph, training, ablationLists } = await prepareModel(text, plan, settings, context, notes)
  const questions = packQuestions(plan.questions)
  const served = plan.counted ?? plan.fitted
  const users = served.lists.offsets.reduce((n, end, i, all) => n + Number(i > 0 && end > all[i - 1]), 0)
  const predictions = await answerQuestions({ serving, graph, questions, users, places: PLACES, settings }, context)
  const baselines = await runBaselines({ serving, plan, questions, settings }, context)
  const ablation = ablationLists && (await runAblation(ablationLists, settings, context))
  const results: RankingResults = {
    users: questions.users,
    targets: questions.targets,
    predictions,
    places: PLACES,
    baselines: baselines,
    slices: { ...maskSlices(plan, catalogue.size) },
    removed: catalogue.removed,
    seed: settings.seed,
    diversity: settings.diversity,
    calibrated: serving.scorer.calibrated,
  }
  const summary = await context.pool.run<RankingSummary>('summarise', results)
  return {
    protocol: describeProtocol(plan, settings, {
      asked: summary.users,
      places: PLACES,
      encoder: encoderId,
      items: catalogue.removed.reduce((n, gone) => n + 1 - gone, 0),
      trainEvents: served.lists.values.length,
      trainUsers: users,
    }),
    ...summary,
    training,
    ablation,
    notes,
  }
}
