import { InterestMineError } from '../errors.js'
import type { ShownLists } from '../learn/lists.js'
import type { Positives } from '../model/histories.js'
import type { Artefacts, Model } from '../model/model.js'
import { openModel } from '../model/open.js'
import type { Scorer } from '../rank/scorer.js'
import { countStatistics, type Statistics } from '../retrieve/statistics.js'
import { createCheck, createPause } from '../threads/run.js'
import type { Catalogue, Vectors } from '../types.js'
import type { GraphSeal } from '../vectors/hnsw-index.js'
import { gatherRows } from '../vectors/matrix.js'
import { openProductOnce } from '../vectors/onnx-runtime.js'
import { ablateSources, type WholeAndSources } from './ablate.js'
import { BASELINES } from './baselines/index.js'
import { type Compared, compareBaseline } from './compare.js'
import { type Audit, auditExplanations } from './faithfulness/audit.js'
import { type ExplanationsTask, type Tried, tryExplanations } from './faithfulness/trial.js'
import { type ForetellOptions, type Foretold, foretell } from './foretell.js'
import { measurePace, type Pace, type PaceTask } from './interests/pace.js'
import { type PlantedScores, type PlantedTask, scorePersonas } from './interests/planted.js'
import { readUsers, type UserReading, type UsersTask } from './interests/users.js'
import { type PackedQuestions, unpackQuestions } from './packing.js'
import { type Findings, type Summary, summarise } from './summarise.js'

/** Steps of an evaluation, each for one thread. What they are sent lies in shared memory. */
interface Stoppable {
  stop: SharedArrayBuffer
}

export interface CountTask {
  positives: Positives
  catalogue: Catalogue
}

export interface ForetellTask {
  artefacts: Artefacts
  /** The same name means the same artefacts and graph; a thread opens them once. */
  graphFile: string
  graph: GraphSeal | null
  questions: PackedQuestions
  from: number
  to: number
  options: ForetellOptions
}

export interface CompareTask {
  baseline: string
  positives: Positives
  vectors: Vectors
  removed: Uint8Array
  questions: PackedQuestions
  memory: number
}

export interface ExplainTask extends ExplanationsTask {
  artefacts: Artefacts
  /** As in `ForetellTask`. */
  graphFile: string
  graph: GraphSeal | null
}

export interface AblateTask {
  learnt: ShownLists
  heldOut: ShownLists
  old: Scorer
}

/** The tasks of one thread, which keep what they opened. */
export interface EvaluationTasks {
  count(task: CountTask & Stoppable): Promise<Statistics>
  foretell(task: ForetellTask & Stoppable): Promise<Foretold>
  compare(task: CompareTask & Stoppable): Promise<Compared>
  ablateSources(task: AblateTask & Stoppable): Promise<WholeAndSources>
  summarise(findings: Findings): Promise<Summary>
  plant(task: PlantedTask & Stoppable): Promise<PlantedScores>
  readUsers(task: UsersTask & Stoppable): Promise<UserReading[]>
  pace(task: PaceTask & Stoppable): Promise<Pace>
  explain(task: ExplainTask & Stoppable): Promise<Tried[]>
  audit(task: ExplainTask & Stoppable): Promise<Audit[]>
}

export function createEvaluationTasks(): EvaluationTasks {
  let held: { graphFile: string; model: Model } | undefined
  const modelOf = ({ artefacts, graphFile, graph }: Pick<ForetellTask, 'artefacts' | 'graphFile' | 'graph'>) => {
    if (held?.graphFile !== graphFile) held = { graphFile, model: openModel(artefacts, graphFile, graph) }
    return held.model
  }
  return {
    async count({ positives, catalogue, stop }) {
      await createPause(stop)()
      return countStatistics(positives.lists, positives.at, catalogue)
    },

    foretell({ questions, from, to, options, stop, ...opened }) {
      return foretell(modelOf(opened), unpackQuestions(questions, from, to), options, countSteps(stop))
    },

    async compare({ baseline, positives, vectors, removed, questions, memory, stop }) {
      const counters = new Int32Array(stop)
      const data = {
        train: positives.lists,
        trainAt: positives.at,
        items: vectors.rows,
        // ONNX Runtime takes no shared memory.
        vectors: gatherRows(
          vectors,
          Int32Array.from({ length: vectors.rows }, (_, row) => row),
        ),
        product: await openProductOnce(),
        pause: createPause(stop),
        memory,
      }
      const known = BASELINES.find(({ name }) => name === baseline)
      if (!known) throw new InterestMineError('INTERNAL', `no baseline ${baseline}`)
      return compareBaseline(known, data, unpackQuestions(questions), removed, (n) => Atomics.add(counters, 1, n))
    },

    async ablateSources({ learnt, heldOut, old, stop }) {
      const found = ablateSources(learnt, heldOut, old, createCheck(stop))
      Atomics.add(new Int32Array(stop), 1, 1)
      return found
    },

    summarise: async (findings) => summarise(findings),

    plant: ({ stop, ...task }) => scorePersonas(task, countSteps(stop)),
    readUsers: ({ stop, ...task }) => readUsers(task, countSteps(stop)),
    pace: ({ stop, ...task }) => measurePace(task, createPause(stop)),
    explain: ({ stop, ...task }) => tryExplanations(modelOf(task), task, countSteps(stop)),
    audit: ({ stop, ...task }) => auditExplanations(modelOf(task), task, countSteps(stop)),
  }
}

/** A pause that also counts one more step as done. */
function countSteps(stop: SharedArrayBuffer): () => Promise<void> {
  const pause = createPause(stop)
  const counters = new Int32Array(stop)
  return () => {
    Atomics.add(counters, 1, 1)
    return pause()
  }
}
