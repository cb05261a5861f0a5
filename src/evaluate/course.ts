import { InterestMineError } from '../errors.js'
import { type Learnt, learn } from '../learning.js'
import type { Artefacts } from '../model.js'
import type { FitColumns } from '../pipeline.js'
import { DEFAULT_SCORER } from '../rank/default-scorer.js'
import { FEATURES, type Feature } from '../rank/features.js'
import { FEATURE_SIGNS } from '../rank/train.js'
import type { TextColumns } from '../refit.js'
import type { Statistics } from '../retrieve/statistics.js'
import { type FitResult, type FitTask, inPool, runFit, withStop } from '../tasks.js'
import type { CandidateSource, History, Progress } from '../types.js'
import type { GraphSeal } from '../vectors/hnsw-index.js'
import { shareArrays } from '../vectors/shared.js'
import type { Pool } from '../vectors/workers.js'
import type { WholeAndSources } from './ablate.js'
import { type Baseline, idOf } from './baselines/index.js'
import type { Compared } from './compare.js'
import { type Foretold, joinForetold } from './foretell.js'
import type { EvaluateSettings, Settings } from './options.js'
import { type PackedQuestions, packQuestions } from './packing.js'
import { type EvaluationPlan, planEvaluation, sliceQuestions } from './plan.js'
import { sayProtocol } from './protocol.js'
import type { EvaluateReport } from './report.js'
import { type Summary, summariseAblation } from './summarise.js'
import {
  type AblateTask,
  type CompareTask,
  type CountTask,
  createEvaluationTasks,
  type EvaluationTasks,
  type ForetellTask,
} from './tasks.js'

/** What is evaluated: a catalogue, encoded, and what every user did. */
export interface Grounds {
  text: TextColumns
  histories: readonly History[]
  encoderId: string
  /** What a person should know of how it was read. */
  notes: readonly string[]
}

/** Where the work is done. */
export interface Workplace extends Pick<EvaluateSettings, 'signal' | 'onProgress'> {
  pool: Pool | null
  /** A file that may be written; its folder goes away afterwards. */
  graphFile: string
}

/** Places of a list. */
const PLACES = 10
/** Questions one task answers: the same whatever the number of threads, so that results are too. */
const QUESTIONS_A_TASK = 200
/** Bytes that one baseline may hold. */
const BASELINE_MEMORY = 1.5e9

/**
 * Fits on the training part, learns adapter and scorer, answers every question by the code that serves, and runs the
 * baselines on the same questions. Deterministic, whatever the threads.
 */
export async function evaluateHistories(
  { text, histories, encoderId, notes: known }: Grounds,
  settings: Settings,
  workplace: Workplace,
): Promise<Omit<EvaluateReport, 'seconds' | 'peakMB'>> {
  const tasks = createEvaluationTasks()
  const notes = [...known]
  const { catalogue } = text
  const plan = planEvaluation(histories, catalogue.removed, settings)
  if (plan.gone > 0) notes.push(`${plan.gone} questions were left out: their item is no longer in the catalogue`)
  const { artefacts: fitted, graph } = await fitTrain(text, plan, settings, workplace)
  const learnt = await learnIfPossible(fitted, plan, settings, workplace, notes)
  const serving = shareArrays<Artefacts>({
    ...fitted,
    ...(await countServing(plan, fitted, workplace, tasks)),
    scorer: learnt?.outcome.scorer ?? DEFAULT_SCORER,
    adapter: learnt?.outcome.adapter ?? null,
  })
  const questions = packQuestions(plan.questions)
  const served = plan.counted ?? plan.fitted
  const users = served.lists.offsets.reduce((n, end, i, all) => n + Number(i > 0 && end > all[i - 1]), 0)
  const foretold = await askAll({ serving, graph, questions, users, settings }, workplace, tasks)
  const compared = await runBaselines({ serving, plan, questions, settings }, workplace, tasks)
  const ablation = settings.ablate ? await ablate(learnt, settings, workplace, tasks) : null
  if (settings.ablate && !ablation)
    notes.push('nothing was left out in turn: there is no trained scorer to compare with')
  const summary = await inPool<Summary>(
    workplace.pool,
    'summarise',
    {
      users: questions.users,
      targets: questions.targets,
      foretold,
      places: PLACES,
      baselines: compared,
      slices: sliceQuestions(plan, catalogue.size),
      removed: catalogue.removed,
      seed: settings.seed,
      diversity: settings.diversity,
      calibrated: serving.scorer.calibrated,
    },
    tasks.summarise,
  )
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
    training: learnt && tellTraining(learnt),
    ablation,
    notes,
  }
}

async function fitTrain(
  text: TextColumns,
  { fitted }: EvaluationPlan,
  { seed }: Settings,
  { pool, graphFile, signal, onProgress }: Workplace,
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
    return inPool<FitResult>(pool, 'fit', task, runFit)
  })
}

/** Null, and a note, where there is too little behaviour; the default scorer is then what serves. */
async function learnIfPossible(
  fitted: Artefacts,
  { learnt }: EvaluationPlan,
  { seed }: Settings,
  { pool, signal, onProgress }: Workplace,
  notes: string[],
): Promise<Learnt | null> {
  try {
    return await learn(fitted, learnt, { pool, seed, signal, onProgress })
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
  { pool, signal }: Workplace,
  tasks: EvaluationTasks,
): Promise<Partial<Statistics>> {
  if (!counted) return {}
  const task: CountTask = { positives: counted, catalogue }
  return withStop(signal, (stop) => inPool<Statistics>(pool, 'count', { ...task, stop }, tasks.count))
}

interface Asking {
  serving: Artefacts
  graph: GraphSeal | null
  questions: PackedQuestions
  users: number
  settings: Settings
}

async function askAll(
  { serving, graph, questions, users, settings }: Asking,
  { pool, graphFile, signal, onProgress }: Workplace,
  tasks: EvaluationTasks,
): Promise<Foretold> {
  const n = questions.users.length
  const options = { places: PLACES, diversity: settings.diversity, users }
  const parts = await withStop(
    signal,
    (stop) =>
      Promise.all(
        Array.from({ length: Math.ceil(n / QUESTIONS_A_TASK) }, (_, k) => {
          const from = k * QUESTIONS_A_TASK
          const to = Math.min(n, from + QUESTIONS_A_TASK)
          const task: ForetellTask = { artefacts: serving, graphFile, graph, questions, from, to, options }
          return inPool<Foretold>(pool, 'foretell', { ...task, stop }, tasks.foretell)
        }),
      ),
    watchStage('questions', n, onProgress),
  )
  return joinForetold(parts)
}

type NamedRanks = Compared & { id: string; name: string; source: string }

interface Comparing extends Omit<Asking, 'graph' | 'users'> {
  plan: EvaluationPlan
}

/** One after another: each may hold a matrix of items by items, and its products run on all cores as it is. */
async function runBaselines(
  { serving, plan, questions, settings }: Comparing,
  { pool, signal, onProgress }: Workplace,
  tasks: EvaluationTasks,
) {
  const { baselines } = settings
  const { vectors, catalogue } = serving
  const positives = shareArrays(plan.counted ?? plan.fitted)
  const shared: Omit<CompareTask, 'baseline'> = {
    positives,
    vectors,
    removed: catalogue.removed,
    questions,
    memory: BASELINE_MEMORY,
  }
  const run = async (baseline: Baseline, stop: SharedArrayBuffer): Promise<NamedRanks> => {
    const { name, source } = baseline
    const task = { ...shared, baseline: name, stop }
    return { id: idOf(baseline), name, source, ...(await inPool<Compared>(pool, 'compare', task, tasks.compare)) }
  }
  const found = await withStop(
    signal,
    async (stop) => {
      const done: NamedRanks[] = []
      for (const baseline of baselines) done.push(await run(baseline, stop))
      return done
    },
    watchStage('baselines', baselines.length * questions.users.length, onProgress),
  )
  return found.map((one) => ({ ...one, reason: 'reason' in one ? one.reason : null }))
}

/** On held-out validation lists: what each feature and each source of candidates is worth. */
async function ablate(
  learnt: Learnt | null,
  { seed }: Settings,
  { pool, signal, onProgress }: Workplace,
  tasks: EvaluationTasks,
): Promise<EvaluateReport['ablation']> {
  if (!learnt) return null
  const { heldOutUsers } = learnt
  const lists = shareArrays({ learnt: learnt.learnt, heldOut: learnt.heldOut })
  const named = Object.keys(FEATURE_SIGNS).filter((name): name is Feature => FEATURES.includes(name as Feature))
  return withStop(
    signal,
    async (stop) => {
      const task: AblateTask & { stop: SharedArrayBuffer } = { ...lists, old: DEFAULT_SCORER, stop }
      const whole = await inPool<WholeAndSources>(pool, 'ablateSources', task, tasks.ablateSources)
      const without = (feature: Feature) =>
        inPool<Float64Array>(pool, 'ablateFeature', { ...task, feature }, tasks.ablateFeature)
      // A feature that the fit had no use for changes nothing by its absence.
      const columns = await Promise.all(
        named.map((feature) => (whole.features.includes(feature) ? without(feature) : whole.ndcg)),
      )
      const features = Object.fromEntries(named.map((feature, i) => [feature, columns[i]]))
      const sources = whole.bySource as Partial<Record<CandidateSource, Float64Array>>
      return summariseAblation(whole.ndcg, { features, sources }, heldOutUsers, seed)
    },
    watchStage('ablation', named.length + 1, onProgress),
  )
}

function tellTraining({ outcome }: Learnt): EvaluateReport['training'] {
  const { scorer, installed, users, heldOut, lists, ndcg } = outcome
  return { scorer: scorer.id, installed, users, heldOut, lists, ndcg }
}

/** Progress of a stage whose threads count what is done, with the time that is left at the speed so far. */
function watchStage(stage: Progress['stage'], total: number, onProgress: Workplace['onProgress']) {
  const started = performance.now()
  onProgress?.({ stage, done: 0, total, rate: null, secondsLeft: null })
  return (done: number) => {
    const seconds = (performance.now() - started) / 1000
    const rate = seconds > 0.5 && done > 0 ? done / seconds : null
    onProgress?.({ stage, done, total, rate, secondsLeft: rate && (total - done) / rate })
  }
}
