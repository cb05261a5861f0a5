import { watchStage, withStop } from '../../threads/run.js'
import type { readFaithfulness } from '../setup/options.js'
import { planEvaluation } from '../setup/plan.js'
import { type Prepared, prepare } from '../setup/prepare.js'
import type { Cost, Ground } from '../setup/rows.js'
import type { Surroundings } from '../setup/surroundings.js'
import type { Audit } from './audit.js'
import { PLACES } from './explainers.js'
import type { FaithfulnessReport } from './report.js'
import { summariseExplanations } from './summarise.js'
import type { ExplainTask } from './tasks.js'
import type { ExplainedUser, Tried } from './trial.js'

type Settings = ReturnType<typeof readFaithfulness>

/** Users of one task. */
const USERS_A_TASK = 10

/** Learns as an evaluation of ranking does, then explains lists as served and tries what is said. */
export async function judgeExplanations(
  ground: Ground,
  settings: Settings,
  surroundings: Surroundings,
): Promise<Omit<FaithfulnessReport, keyof Cost>> {
  const { text, histories, encoderId } = ground
  const { seed, sample, diversity, counterfactuals } = settings
  const notes = [...ground.notes]
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
  const prepared = await prepare(text, plan, ranking, surroundings, notes)
  const users = plan.questions.map(({ user, history }, i): ExplainedUser => ({ user, history, seed: seed + i }))
  const tried = await runOn<Tried>('explain', users, prepared, diversity, surroundings)
  const audits = await runOn<Audit>('audit', users.slice(0, counterfactuals), prepared, diversity, surroundings)
  return {
    protocol: {
      text: sayProtocol(users.length),
      seed,
      encoder: encoderId,
      items: text.catalogue.removed.reduce((n, gone) => n + 1 - gone, 0),
      places: PLACES,
      diversity,
      users: users.length,
      of: plan.able,
    },
    ...summariseExplanations(tried, audits, seed),
    training: prepared.training,
    notes,
  }
}

function sayProtocol(users: number): string {
  return (
    `The lists of ten, as served, of ${users} users are explained; everything was learnt without their last two liked ` +
    'items, and the history is all but the last. Each way to cite is given as many items as were cited.'
  )
}

async function runOn<R>(
  name: 'explain' | 'audit',
  users: readonly ExplainedUser[],
  { serving, graph }: Prepared,
  diversity: number,
  { pool, graphFile, signal, onProgress }: Surroundings,
): Promise<R[]> {
  const starts = Array.from({ length: Math.ceil(users.length / USERS_A_TASK) }, (_, k) => k * USERS_A_TASK)
  const parts = await withStop(
    signal,
    (stop) =>
      Promise.all(
        starts.map((from) => {
          const part = users.slice(from, from + USERS_A_TASK)
          const task: ExplainTask = { artefacts: serving, graphFile, graph, users: part, diversity }
          return pool.run<R[]>(name, { ...task, stop })
        }),
      ),
    watchStage('explanations', users.length, onProgress),
  )
  return parts.flat()
}
