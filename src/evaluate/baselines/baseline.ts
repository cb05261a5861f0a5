import type { History, Lists, Matrix } from '../../types.js'
import type { Product } from '../../vectors/onnx-runtime.js'
import type { Question } from '../questions/split.js'

/** What a baseline may learn from. */
export interface TrainingData {
  /** Positive rows of each user's training part, oldest first. */
  train: Lists
  /** When each was, parallel to `train.values`: ms, NaN unknown. */
  trainAt: Float64Array
  /** Size of the catalogue. */
  items: number
  /** Text vectors of unit length, one row an item. */
  vectors: Matrix
  /** Dense products on native code, null where there is none. */
  product: Product | null
  /** Awaited at least ten times a second: lets the host breathe, or throws to stop. */
  pause: () => Promise<void>
  /** Bytes that one fit may hold at once. */
  memory: number
}

/**
 * Scores of every item for each question, questions x items row after row; the more the better. Items of the history
 * have scores too: who ranks leaves them out. Meant for some hundred questions at a time.
 */
export type ScoreBlock = (questions: readonly Question[]) => Promise<Float32Array>

/** A fitted baseline, or why it cannot be fitted to this data. */
export type Fitted = { score: ScoreBlock } | { score: null; reason: string }

/** A known method to compare with. */
export interface Baseline {
  name: string
  /** Where it was published, and what differs from that here. */
  source: string
  /** Its fit inverts a matrix of all items: it should not share memory with another such. */
  dense?: true
  fit(data: TrainingData): Promise<Fitted>
}

/** An item's weight falls by this with each later item (docs/scoring.md). */
export const DECAY = 0.7
/** Weights below this no longer change an order. */
const LEAST_WEIGHT = 1e-9

/** Positive rows of a history, newest first, and decay^age of each; decay 1 counts all alike. */
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

/** Scores a block question by question: `fill` writes the scores of one into zeros. */
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

/** How many users have each item. */
export function countUsers({ train, items }: Pick<TrainingData, 'train' | 'items'>): Int32Array {
  const users = new Int32Array(items)
  for (const row of train.values) users[row]++
  return users
}

/** "1.2 GB", for reasons. */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
