import type { Lists, Matrix } from '../columns.js'
import { type Random, shuffle } from '../random.js'
import { adamRows, parameterOf, type RowParameter, rowParameterOf, stepOf } from '../vectors/adam.js'
import type { Pause } from '../vectors/eigen.js'
import { listAt } from '../vectors/sparse.js'

/** Texts of a batch. */
const BATCH = 32
/** A round goes over few texts several times, so that it trains on at least this many. */
const LEAST_TEXTS = 2000
/** Learning rate of the first round. */
const RATE = 0.003
/** Share of the learning rate that is kept from one round to the next. */
const RATE_KEPT = 0.65

/** Texts to be learnt: the tokens of each, and the teacher's vector of each, projected on the student's axes. */
export interface TeacherTexts {
  texts: Lists
  targets: Matrix
}

/** A table of token vectors in training. */
export interface Student {
  /** The table, one row a token. */
  rows: RowParameter
  /** Steps taken so far. */
  steps: number
}

/** A student that starts from a copy of `table` (tokens x dims). */
export function startStudent(table: Matrix): Student {
  return { rows: rowParameterOf(parameterOf(table.data.slice()), table.rows), steps: 0 }
}

/** How often a round goes over `texts` texts. */
export function countPasses(texts: number): number {
  return Math.ceil(LEAST_TEXTS / Math.max(texts, 1))
}

/**
 * Trains the student for one round on the texts that `chosen` names, in random order: Adam on 1 - cosine between the
 * sum of a text's token vectors and the teacher's vector. Tokens that are not in a batch do not move. `round` counts
 * from 0 and lowers the learning rate.
 */
export async function teach(
  student: Student,
  { texts, targets }: TeacherTexts,
  chosen: Int32Array,
  round: number,
  random: Random,
  pause: Pause,
): Promise<void> {
  const { dims } = student.rows
  const order = Int32Array.from(
    { length: chosen.length * countPasses(chosen.length) },
    (_, i) => chosen[i % chosen.length],
  )
  shuffle(order, random)
  const places = new Int32Array(student.rows.lastStep.length).fill(-1)
  const sum = new Float32Array(dims)
  let gradient = new Float32Array(BATCH * 64 * dims)
  for (let from = 0; from < order.length; from += BATCH) {
    const batch = order.subarray(from, from + BATCH)
    const touched = placeTokens(texts, batch, places)
    if (touched.length * dims > gradient.length) gradient = new Float32Array(2 * touched.length * dims)
    gradient.fill(0, 0, touched.length * dims)
    for (const text of batch) {
      const tokens = listAt(texts, text)
      writeCosineGradient(student.rows.values, tokens, targets.data, text * dims, sum)
      for (const token of tokens) {
        const at = places[token] * dims
        for (let k = 0; k < dims; k++) gradient[at + k] += sum[k]
      }
    }
    for (const token of touched) places[token] = -1
    adamRows(student.rows, touched, gradient, stepOf(student, RATE * RATE_KEPT ** round))
    student.steps++
    await pause()
  }
}

/** Tokens of the batch, each once; writes into `places` where each stands. */
function placeTokens(texts: Lists, batch: Int32Array, places: Int32Array): Int32Array {
  const touched: number[] = []
  for (const text of batch) {
    for (const token of listAt(texts, text)) {
      if (places[token] >= 0) continue
      places[token] = touched.length
      touched.push(token)
    }
  }
  return Int32Array.from(touched)
}

/**
 * Writes into `sum` the gradient of 1 - cosine(sum of token vectors, target) by that sum, which is also the gradient by
 * each token's vector.
 */
function writeCosineGradient(
  table: Float32Array,
  tokens: Int32Array,
  targets: Float32Array,
  at: number,
  sum: Float32Array,
): void {
  const dims = sum.length
  addUp(table, tokens, sum)
  const { dot, length } = compare(sum, targets, at)
  if (length === 0) {
    sum.fill(0)
    return
  }
  for (let k = 0; k < dims; k++) sum[k] = ((dot * sum[k]) / (length * length) - targets[at + k]) / length
}

/** Mean cosine between student and teacher over the texts that `order` names; 0 where there are none. */
export function meanCosine({ rows }: Student, { texts, targets }: TeacherTexts, order: Int32Array): number {
  const sum = new Float32Array(rows.dims)
  let total = 0
  for (const text of order) {
    addUp(rows.values, listAt(texts, text), sum)
    const { dot, length } = compare(sum, targets.data, text * rows.dims)
    if (length > 0) total += dot / length
  }
  return order.length > 0 ? total / order.length : 0
}

function addUp(table: Float32Array, tokens: Int32Array, sum: Float32Array): void {
  const dims = sum.length
  sum.fill(0)
  for (const token of tokens) for (let k = 0, at = token * dims; k < dims; k++) sum[k] += table[at + k]
}

function compare(sum: Float32Array, targets: Float32Array, at: number): { dot: number; length: number } {
  let dot = 0
  let square = 0
  for (let k = 0; k < sum.length; k++) {
    dot += sum[k] * targets[at + k]
    square += sum[k] * sum[k]
  }
  return { dot, length: Math.sqrt(square) }
}
