import type { readFaithfulnessSettings } from '../setup/options.js'
import { planEvaluation } from '../setup/plan.js'
import { type PreparedModel, prepareModel } from '../setup/prepare.js'
import type { EvaluationData, ResourceUse } from '../setup/rows.js'
import type { RunContext } from '../setup/run-context.js'
import { runInParts } from '../setup/run-in-parts.js'
import type { Audit } from './audit.js'
import type { CheckedRecommendation, ExplainedUser } from './check-recommendations.js'
import { PLACES } from './explainers.js'
import type { FaithfulnessReport } from './report.js'
import { summariseExplanations } from './summarise.js'
import type { ExplainTask } from './tasks.js'

type FaithfulnessRunSettings = ReturnType<typeof readFaithfulnessSettings>

/** Users of one task. */
const USERS_A_TASK = 10

/**
 * Evaluates explanations: trains as strict leave-one-out does, explains lists as served, and checks what the
 * explanations claim. Fails with LIMIT where no user can be asked, with INTERRUPTED.
 */
export async function judgeExplanations(
  data: EvaluationData,
  settings: FaithfulnessRunSettings,
  context: RunContext,
): Promise<Omit<FaithfulnessReport, keyof ResourceUse>> {
  const { text, histories, encoderId } = data
  const { seed, sample, diversity, counterfactuals } = settings
  const notes = [...data.notes]
  const ranking = {
    split: 'leave-one-out',
    refit: false,
    ablate: false,
    shuffleTies: false,
    baselines: [],
    sample,
    seed,
    diversity,
  } as const
  const plan = planEvaluation(histories, text.catalogue.removed, ranking)
  const prepared = await prepareModel(text, plan, ranking, context, notes)
  const users = plan.questions.map(({ user, history }, i): ExplainedUser => ({ user, history, seed: seed + i }))
  const checked = await runUserTasks<CheckedRecommendation>('explain', users, prepared, diversity, context)
  const audits = await runUserTasks<Audit>('audit', users.slice(0, counterfactuals), prepared, diversity, context)
  return {
    protocol: {
      text: describeProtocol(users.length),
      seed,
      encoder: encoderId,
      items: text.catalogue.removed.reduce((n, gone) => n + 1 - gone, 0),
      places: PLACES,
      diversity,
      users: users.length,
      of: plan.askableUsers,
    },
    ...summariseExplanations(checked, audits, seed),
    training: prepared.training,
    notes,
  }
}

function describeProtocol(users: number): string {
  return (
    `The lists of ten, as served, of ${users} users are explained; everything was learnt without their last two liked ` +
    'items, and the history is all but the last. Each way to cite is given as many items as were cited.'
  )
}

/** Runs a task on users, a few at a time, and gives the results in the order of the users. */
async function runUserTasks<R>(
  name: 'explain' | 'audit',
  users: readonly ExplainedUser[],
  { serving, graph }: PreparedModel,
  diversity: number,
  context: RunContext,
): Promise<R[]> {
  const { graphFile } = context
  const inputOf = (from: number, to: number): ExplainTask => {
    return { artefacts: serving, graphFile, graph, users: users.slice(from, to), diversity }
  }
  const work = { stage: 'explanations', task: name, total: users.length, size: USERS_A_TASK, inputOf } as const
  return (await runInParts<R[]>(work, context)).flat()
}
