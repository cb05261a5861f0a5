import { packQuestions } from '../questions/packing.js'
import type { Settings } from '../setup/options.js'
import { planEvaluation, sliceQuestions } from '../setup/plan.js'
import { prepare } from '../setup/prepare.js'
import type { EvaluateReport } from '../setup/report.js'
import type { Ground } from '../setup/rows.js'
import type { Surroundings } from '../setup/surroundings.js'
import { answerQuestions, runBaselines } from './answer-questions.js'
import { runAblation } from './leave-out.js'
import { sayProtocol } from './protocol.js'
import type { Findings, Summary } from './summarise.js'

/** Places of a list. */
const PLACES = 10

/**
 * Fits on the training part, learns adapter and scorer, answers every question by the code that serves, and runs the
 * baselines on the same questions. Deterministic, whatever the threads.
 */
export async function evaluateHistories(
  { text, histories, encoderId, notes: known }: Ground,
  settings: Settings,
  surroundings: Surroundings,
): Promise<Omit<EvaluateReport, 'seconds' | 'peakMB'>> {
  const notes = [...known]
  const { catalogue } = text
  const plan = planEvaluation(histories, catalogue.removed, settings)
  if (plan.gone > 0) notes.push(`${plan.gone} questions were left out: their item is no longer in the catalogue`)
  const { serving, graph, training, ablated } = await prepare(text, plan, settings, surroundings, notes)
  const questions = packQuestions(plan.questions)
  const served = plan.counted ?? plan.fitted
  const users = served.lists.offsets.reduce((n, end, i, all) => n + Number(i > 0 && end > all[i - 1]), 0)
  const foretold = await answerQuestions({ serving, graph, questions, users, places: PLACES, settings }, surroundings)
  const compared = await runBaselines({ serving, plan, questions, settings }, surroundings)
  const ablation = ablated && (await runAblation(ablated, settings, surroundings))
  const findings: Findings = {
    users: questions.users,
    targets: questions.targets,
    foretold,
    places: PLACES,
    baselines: compared,
    slices: { ...sliceQuestions(plan, catalogue.size) },
    removed: catalogue.removed,
    seed: settings.seed,
    diversity: settings.diversity,
    calibrated: serving.scorer.calibrated,
  }
  const summary = await surroundings.pool.run<Summary>('summarise', findings)
  return {
    protocol: sayProtocol(plan, settings, {
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
