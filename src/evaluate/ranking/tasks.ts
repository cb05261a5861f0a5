import { InterestMineError } from '../../errors.js'
import type { TrainingLists } from '../../learn/lists.js'
import type { Positives } from '../../model/histories.js'
import type { Scorer } from '../../rank/scorer.js'
import { countingPause, createCheck, createPause, type Stoppable } from '../../threads/run.js'
import type { Vectors } from '../../types.js'
import { gatherRows } from '../../vectors/matrix.js'
import { openProductOnce } from '../../vectors/onnx-runtime.js'
import { BASELINES } from '../baselines/index.js'
import { type PackedQuestions, unpackQuestions } from '../questions/packing.js'
import { openOnce, type SentModel } from '../setup/opened-model.js'
import { ablateSources, type SourceAblation } from './ablate.js'
import { type Predictions, type PredictOptions, predict } from './predict.js'
import { type BaselineOutcome, rankTargets } from './rank-targets.js'
import { type RankingResults, type RankingSummary, summariseRanking } from './summarise.js'

export interface PredictTask extends SentModel {
  questions: PackedQuestions
  from: number
  to: number
  options: PredictOptions
}

export interface BaselineTask {
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

export function runForetell(task: PredictTask & Stoppable): Promise<Predictions> {
  const { questions, from, to, options, stop } = task
  return predict(openOnce(task), unpackQuestions(questions, from, to), options, countingPause(stop))
}

export async function runCompare({
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
  return rankTargets(known, data, unpackQuestions(questions), removed, (n) => Atomics.add(counters, 1, n))
}

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

export async function runSummarise(findings: RankingResults): Promise<RankingSummary> {
  return summariseRanking(findings)
}
