import type { History, Matrix, MinedInterest } from '../columns.js'
import type { InterestLevel } from '../types/answers.js'
import { estimateConfidence, measureBreadth } from './confidence.js'
import type { MineModel } from './groups.js'
import type { Course } from './trend.js'

export interface MeasureInput {
  model: MineModel
  history: History
  /** Vectors of the history's rows in the space of interests. */
  z: Matrix
  course: Course
  /** Interests of the user. */
  interests: number
}

/** All of an interest that its place in the history says, whatever it is called. Positions index the history's rows. */
export function measureGroup(
  { model, history, z, course, interests }: MeasureInput,
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
    trend: course.trendOf(positions),
    timeline: course.timelineOf(positions),
    firstAt: edge(
      positions.map((p) => history.firstAt[p]),
      Math.min,
    ),
    lastAt: edge(
      positions.map((p) => history.lastAt[p]),
      Math.max,
    ),
    medoid: history.rows[medoidOf(z, positions)],
  }
}

/** Share of the history's weight, 0..1. */
export function shareOf(history: History, positions: readonly number[]): number {
  let total = 0
  for (const weight of history.weights) total += weight
  return positions.reduce((sum, p) => sum + history.weights[p], 0) / total
}

/** The first or last of the known times, NaN where none is known. */
function edge(times: number[], choose: (a: number, b: number) => number): number {
  return times.reduce((a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : choose(a, b)), Number.NaN)
}

/** The position nearest to the centre (cosine with the mean of unit vectors). */
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
