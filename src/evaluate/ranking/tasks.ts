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
import { ablateSources, type SourceAblation } from './ablate.js'
import { type Predictions, type PredictOptions, predict } from './predict.js'
import { type BaselineOutcome, rankTargets } from './rank-targets.js'
import { type RankingResults, type RankingSummary, summariseRanking } from './summarise.js'

/** Input of the task `foretell`. */
export interface PredictTask extends SentModel {
  questions: PackedQuestions
  /** The questions that this task answers: `from` to `to` (exclusive). */
  from: number
  to: number
  options: PredictOptions
}

/** Input of the task `compare`. */
export interface BaselineTask {
  /** Name of the baseline. */
  baseline: string
  /** The training part: liked items, one list a user. */
  positives: Positives
  /** Text vectors of unit length, one a row of the catalogue. */
  vectors: Vectors
  /** 1 for each row that was removed. */
  removed: Uint8Array
  questions: PackedQuestions
  /** Bytes that the fit may hold at once. */
  memory: number
}

/** Input of the task `ablateSources`. */
export interface AblateSourcesTask {
  /** Lists that the scorer is fitted to. */
  learnt: TrainingLists
  /** Lists that it is measured on. */
  heldOut: TrainingLists
  /** A scorer whose terms the fitted one replaces. */
  old: Scorer
}

/** The task `foretell`: answers its questions by the code that serves. Fails with INTERRUPTED once stopped. */
export function runPredict(task: PredictTask & Stoppable): Promise<Predictions> {
  const { questions, from, to, options, stop } = task
  return predict(openOnce(task), unpackQuestions(questions, from, to), options, countingPause(stop))
}

/**
 * The task `compare`: fits one baseline and ranks the targets of all questions by it. Fails with INTERRUPTED once
 * stopped, with INTERNAL where no baseline has the name.
 */
export async function runBaseline({
  baseline,
  positives,
  vectors,
  removed,
  questions,
  memory,
  stop,
}: BaselineTask & Stoppable): Promise<BaselineOutcome> {
  const counters = new Int32Array(stop)
  const data = {
    train: positives.lists,
    trainAt: positives.at,
    items: vectors.rows,
    // A copy, for ONNX Runtime does not take shared memory.
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
  return rankTargets(known, data, unpackQuestions(questions), removed, (n) => Atomics.add(counters, 1, n))
}

/** The task `ablateSources`: see the function of that name. Fails with INTERRUPTED once stopped. */
export async function runAblateSources({
  learnt,
  heldOut,
  old,
  stop,
}: AblateSourcesTask & Stoppable): Promise<SourceAblation> {
  const found = ablateSources(learnt, heldOut, old, createCheck(stop))
  Atomics.add(new Int32Array(stop), 1, 1)
  return found
}

/** The task `summarise`: computes the metrics of a report. */
export async function runSummarise(findings: RankingResults): Promise<RankingSummary> {
  return summariseRanking(findings)
}
