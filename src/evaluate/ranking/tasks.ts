import type { Vectors } from '../../columns.js'
import { InterestMineError } from '../../errors.js'
import type { TrainingLists } from '../../learn/lists.js'
import type { Positives } from '../../model/histories.js'
import type { Scorer } from '../../rank/scorer.js'
import { countingPause, createCheck, createPause, type Stoppable } from '../../threads/run.js'
import { gatherRows } from '../../vectors/matrix.js'
import { openProductOnce } from '../../vectors/onnx-runtime.js'
import { BASELINES } from '../baselines/index.js'
import { type PackedQuestions, unpackQuestions } from '../questions/packing.js'
import { openOnce, type SentModel } from '../setup/opened-model.js'
import { ablateSources, type WholeAndSources } from './ablate.js'
import { type Compared, compareBaseline } from './compare.js'
import { type ForetellOptions, type Foretold, foretell } from './foretell.js'
import { type Findings, type Summary, summariseRanking } from './summarise.js'

export interface ForetellTask extends SentModel {
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

export interface AblateSourcesTask {
  learnt: TrainingLists
  heldOut: TrainingLists
  old: Scorer
}

export function runForetell(task: ForetellTask & Stoppable): Promise<Foretold> {
  const { questions, from, to, options, stop } = task
  return foretell(openOnce(task), unpackQuestions(questions, from, to), options, countingPause(stop))
}

export async function runCompare({
  baseline,
  positives,
  vectors,
  removed,
  questions,
  memory,
  stop,
}: CompareTask & Stoppable): Promise<Compared> {
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
}

export async function runAblateSources({
  learnt,
  heldOut,
  old,
  stop,
}: AblateSourcesTask & Stoppable): Promise<WholeAndSources> {
  const found = ablateSources(learnt, heldOut, old, createCheck(stop))
  Atomics.add(new Int32Array(stop), 1, 1)
  return found
}

export async function runSummarise(findings: Findings): Promise<Summary> {
  return summariseRanking(findings)
}
