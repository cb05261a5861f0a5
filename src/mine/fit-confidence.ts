import type { Lists } from '../columns.js'
import { createRandom, sampleBelow } from '../random.js'
import type { Pause } from '../vectors/eigen.js'
import { minimise } from '../vectors/minimise.js'
import { listAt } from '../vectors/sparse.js'
import { type ConfidenceWeights, confidenceFeatures, DEFAULT_CONFIDENCE, measureBreadth } from './confidence.js'
import type { MineModel } from './groups.js'
import { plainHistory } from './history.js'
import { mineInterests, nearestInterest } from './interests.js'
import { gatherJoint, placesOf } from './space/joint-space.js'

export interface ConfidenceFitInput {
  /** Distinct items of each user, oldest first: the last one is what came next. */
  histories: Lists
  model: MineModel
  seed: number
  pause?: Pause
}

/** Users whose last item is foretold: their error is small beside that between catalogues. */
const MOST_USERS = 3_000
/** Items before the last: fewer tell too little of how interests go on. */
const LEAST_ITEMS = 5
/** Longer histories are read from their newest items. */
const MOST_ITEMS = 60
/** How firmly the shipped weights are held to, in interests observed: small catalogues keep them. */
const PRIOR = 10

/**
 * How sure interests are in this catalogue: a logistic regression of whether the next item fell in the interest on
 * `confidenceFeatures`, over users drawn by the seed, drawn to the shipped weights (ridge) where there are few.
 */
export async function fitConfidence({ histories, model, seed, pause }: ConfidenceFitInput): Promise<ConfidenceWeights> {
  const users: number[] = []
  for (let user = 0; user + 1 < histories.offsets.length; user++) {
    if (histories.offsets[user + 1] - histories.offsets[user] > LEAST_ITEMS) users.push(user)
  }
  const features: number[][] = []
  const outcomes: number[] = []
  for (const i of sampleBelow(createRandom(seed), users.length, MOST_USERS)) {
    await pause?.()
    const items = listAt(histories, users[i])
    const next = items[items.length - 1]
    const history = plainHistory(items.subarray(Math.max(0, items.length - 1 - MOST_ITEMS), items.length - 1))
    if (history.rows.includes(next)) continue
    const profile = mineInterests({ history, model, now: Number.NaN })
    const z = placesOf(model.space, gatherJoint(model.space, history.rows))
    const placeOf = new Map(Array.from(history.rows, (row, p) => [row, p]))
    const hit = nearestInterest(model, profile, next)
    profile.interests.forEach(({ rows, level }, k) => {
      const positions = Array.from(rows, (row) => placeOf.get(row)!).sort((a, b) => a - b)
      const breadth = measureBreadth(model.catalogue, model.topics.domains, rows, level)
      features.push(confidenceFeatures({ history, positions, level, z, breadth, interests: profile.interests.length }))
      outcomes.push(k === hit ? 1 : 0)
    })
  }
  return fitLogistic(features, outcomes)
}

/** Steps from the shipped weights, so that the ridge is about zero. */
function fitLogistic(features: readonly number[][], outcomes: readonly number[]): ConfidenceWeights {
  const size = DEFAULT_CONFIDENCE.length
  const offset = features.map((row) => logitOf(row, DEFAULT_CONFIDENCE))
  const step = minimise((x, gradient) => {
    let loss = 0
    for (let k = 0; k < size; k++) {
      loss += (PRIOR / 2) * x[k] * x[k]
      gradient[k] = PRIOR * x[k]
    }
    features.forEach((row, i) => {
      const logit = offset[i] + logitOf(row, x)
      const chance = 1 / (1 + Math.exp(-logit))
      loss +=
        logit > 0
          ? Math.log1p(Math.exp(-logit)) + (1 - outcomes[i]) * logit
          : Math.log1p(Math.exp(logit)) - outcomes[i] * logit
      gradient[0] += chance - outcomes[i]
      for (let k = 1; k < size; k++) gradient[k] += (chance - outcomes[i]) * row[k - 1]
    })
    return loss
  }, Array(size).fill(0))
  return DEFAULT_CONFIDENCE.map((weight, k) => weight + step[k])
}

function logitOf(features: readonly number[], weights: ArrayLike<number>): number {
  return features.reduce((sum, value, k) => sum + value * weights[k + 1], weights[0])
}
