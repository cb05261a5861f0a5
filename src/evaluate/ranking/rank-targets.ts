import { rankOf } from '../../metrics/metrics.js'
import type { Baseline, TrainingData } from '../baselines/baseline.js'
import type { Question } from '../questions/split.js'

/** Rank of each question's target by a baseline, from 0; or null, and why it cannot run. */
export type BaselineOutcome = { ranks: Float64Array } | { ranks: null; reason: string }

/** Scores held at once; questions are scored in blocks that fit into it. */
const MOST_SCORES = 1 << 22
const MOST_QUESTIONS = 256

/**
 * Fits a baseline and ranks the whole catalogue for each question, less the items of its history and those that were
 * removed. Equal scores have their mean rank.
 *
 * @param removed 1 for each row of the catalogue that was removed.
 * @param onDone Called after each block with the number of questions in it.
 */
export async function rankTargets(
  baseline: Baseline,
  data: TrainingData,
  questions: readonly Question[],
  removed: Uint8Array,
  onDone: (questions: number) => void,
): Promise<BaselineOutcome> {
  const { score, ...unable } = await baseline.fit(data)
  if (!score) return { ranks: null, reason: 'reason' in unable ? unable.reason : '' }
  const ranks = new Float64Array(questions.length)
  const size = Math.max(1, Math.min(MOST_QUESTIONS, Math.floor(MOST_SCORES / data.items)))
  const excluded = new Uint8Array(data.items)
  for (let from = 0; from < questions.length; from += size) {
    const block = questions.slice(from, from + size)
    await data.pause()
    const scores = await score(block)
    block.forEach(({ history, target }, q) => {
      excluded.set(removed)
      for (const row of history.seenRows) excluded[row] = 1
      ranks[from + q] = rankOf(scores.subarray(q * data.items, (q + 1) * data.items), target, excluded)
    })
    onDone(block.length)
  }
  return { ranks }
}
