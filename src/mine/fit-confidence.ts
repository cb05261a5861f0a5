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

/** Input of `fitConfidence`. */
export interface ConfidenceFitInput {
  /** Distinct catalogue rows of each user, oldest first. The last one is the item to be predicted. */
  histories: Lists
  model: MineModel
  seed: number
  /** Awaited between users, so that other work can run; stops the fit where it throws. */
  pause?: Pause
}

/**
 * Users at most whose last item is predicted: with so many, their sampling error is small beside the differences
 * between catalogues.
 */
const MOST_USERS = 3_000
/** Items that a history must have before its last one: shorter ones tell too little of how interests go on. */
const LEAST_ITEMS = 5
/** Newest items, before the last one, that are read of a longer history. */
const MOST_ITEMS = 60

/**
 * Strength of the ridge that holds the weights to DEFAULT_CONFIDENCE, in observed interests: small catalogues stay
 * close to the defaults.
 */
const PRIOR = 10

/**
 * Fits the confidence weights of a catalogue: a ridge logistic regression, with DEFAULT_CONFIDENCE as its centre, of
 * whether a user's last item fell in an interest on the `confidenceFeatures` of that interest. Up to MOST_USERS users
 * are drawn by the seed; users whose last item occurred before are skipped. The same input gives the same weights.
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

/** Minimises over the difference from DEFAULT_CONFIDENCE, so that the ridge penalises distance from zero. */
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
