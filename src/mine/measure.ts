import type { History, Matrix, MinedInterest } from '../columns.js'
import type { InterestLevel } from '../types/answers.js'
import { estimateConfidence, measureBreadth } from './confidence.js'
import type { MineModel } from './groups.js'
import type { TrendReader } from './trend.js'

/** What `measureGroup` reads beside the group: one user's history and what is computed once for it. */
export interface MeasureInput {
  model: MineModel
  history: History
  /** Vectors of the history's rows in the space of interests, one row a position (`placesOf`). */
  z: Matrix
  trends: TrendReader
  /** Number of interests of the user. */
  interests: number
}

/**
 * Measures one interest from its items alone, whatever its name: rows, weight, confidence, trend, timeline, first and
 * last time (ms, NaN where unknown) and medoid. `positions` index the history's rows.
 */
export function measureGroup(
  { model, history, z, trends, interests }: MeasureInput,
  positions: readonly number[],
  level: InterestLevel,
): Omit<MinedInterest, 'id' | 'label' | 'head' | 'modifiers' | 'domain' | 'aside' | 'verified'> {
  const rows = Int32Array.from(positions, (p) => history.rows[p])
  const breadth = measureBreadth(model.catalogue, model.topics.domains, rows, level)
  return {
    level,
    rows,
    weight: shareOf(history, positions),
    confidence: estimateConfidence({ history, positions, level, z, breadth, interests }, model.confidence),
    trend: trends.trendOf(positions),
    timeline: trends.timelineOf(positions),
    firstAt: extremeTime(
      positions.map((p) => history.firstAt[p]),
      Math.min,
    ),
    lastAt: extremeTime(
      positions.map((p) => history.lastAt[p]),
      Math.max,
    ),
    medoid: history.rows[medoidOf(z, positions)],
  }
}

/** The share of the history's weight that the items at these positions have, 0..1. */
export function shareOf(history: History, positions: readonly number[]): number {
  let total = 0
  for (const weight of history.weights) total += weight
  return positions.reduce((sum, p) => sum + history.weights[p], 0) / total
}

/** The earliest or latest (by `choose`) of the known times; NaN where none is known. */
function extremeTime(times: number[], choose: (a: number, b: number) => number): number {
  return times.reduce((a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : choose(a, b)), Number.NaN)
}

/**
 * The position whose vector has the largest cosine with the mean of the unit vectors at `positions`; the first among
 * equals.
 */
export function medoidOf(z: Matrix, positions: readonly number[]): number {
  const { dims, data } = z
  const centre = new Float64Array(dims)
  const lengths = positions.map((p) => {
    let square = 0
    for (let d = 0; d < dims; d++) square += data[p * dims + d] ** 2
    return Math.sqrt(square) || 1
  })
  positions.forEach((p, i) => {
    for (let d = 0; d < dims; d++) centre[d] += data[p * dims + d] / lengths[i]
  })
  let best = positions[0]
  let most = -Infinity
  positions.forEach((p, i) => {
    let dot = 0
    for (let d = 0; d < dims; d++) dot += (data[p * dims + d] / lengths[i]) * centre[d]
    if (dot > most + 1e-9) {
      most = dot
      best = p
    }
  })
  return best
}
