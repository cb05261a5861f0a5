import type { History, Lists, Matrix } from '../../columns.js'
import type { Product } from '../../vectors/onnx-runtime.js'
import type { Question } from '../questions/split.js'

/** What a baseline is fitted on. */
export interface TrainingData {
  /** Positive rows of each user's training part, oldest first. */
  train: Lists
  /** Time of each, parallel to `train.values`: ms since 1970, NaN unknown. */
  trainAt: Float64Array
  /** Size of the catalogue. */
  items: number
  /** Text vectors of unit length, one row an item. */
  vectors: Matrix
  /** Dense matrix products in native code (ONNX Runtime); null where it is not installed. */
  product: Product | null
  /** To be awaited at least ten times a second: lets other work of the thread run, or throws to stop. */
  pause: () => Promise<void>
  /** Bytes that one fit may hold at once. */
  memory: number
}

/**
 * Scores every item for each question: questions x items, row after row; a higher score is a better place. Items of the
 * history have scores too and must be left out by the caller. Meant for some hundred questions at a time.
 */
export type ScoreBlock = (questions: readonly Question[]) => Promise<Float32Array>

/** A fitted baseline; or null, and why it cannot be fitted to this data. */
export type Fitted = { score: ScoreBlock } | { score: null; reason: string }

/** A known method to compare with. */
export interface Baseline {
  /** For people; `idOf` makes the id of it. */
  name: string
  /** Where it was published, and what differs from that here. */
  source: string
  /** Its fit holds a dense matrix of all items, so it should not run beside another such. */
  dense?: true
  /** Fits it to the training part. */
  fit(data: TrainingData): Promise<Fitted>
}

/** Factor by which the weight of an item of a history falls with each later item (docs/scoring.md). */
export const DECAY = 0.7
/** Items with a smaller weight are left out: they would not change an order. */
const LEAST_WEIGHT = 1e-9

/**
 * Positive rows of a history, newest first, each with weight decay^age, where age counts the positive items after it.
 * With decay 1 all weigh the same.
 */
export function weighRecent(history: History, decay: number): { row: number; weight: number }[] {
  const recent: { row: number; weight: number }[] = []
  for (let i = history.rows.length - 1, weight = 1; i >= 0 && weight >= LEAST_WEIGHT; i--) {
    if (history.strong[i] !== 1) continue
    recent.push({ row: history.rows[i], weight })
    weight *= decay
  }
  return recent
}

/** Questions scored between two pauses. */
const QUESTIONS_BETWEEN_PAUSES = 16

/** Makes a `ScoreBlock` of a function that writes the scores of one question into an array of zeros. */
export function scoreEach(
  { items, pause }: Pick<TrainingData, 'items' | 'pause'>,
  fill: (question: Question, scores: Float32Array) => void,
): ScoreBlock {
  return async (questions) => {
    const block = new Float32Array(questions.length * items)
    for (let q = 0; q < questions.length; q++) {
      if (q % QUESTIONS_BETWEEN_PAUSES === 0) await pause()
      fill(questions[q], block.subarray(q * items, (q + 1) * items))
    }
    return block
  }
}

/** Row -> number of users who have the item in the training part. */
export function countUsers({ train, items }: Pick<TrainingData, 'train' | 'items'>): Int32Array {
  const users = new Int32Array(items)
  for (const row of train.values) users[row]++
  return users
}

/** A number of bytes in words, such as "1.2 GB". */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
