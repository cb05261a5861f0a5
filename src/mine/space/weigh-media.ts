import type { Lists, Matrix, Space } from '../../columns.js'
import { createRandom, type Random } from '../../random.js'
import type { Pause } from '../../vectors/eigen.js'
import { rowOf } from '../../vectors/matrix.js'
import { minimise } from '../../vectors/minimise.js'
import { listAt } from '../../vectors/sparse.js'
import { gainsOf, pairGains } from './gains.js'
import { jointDims } from './joint-space.js'
import { placeVector } from './space.js'

/** Input of `weighMedia`. */
export interface WeighMediaInput {
  space: Space
  /**
   * Encoder vectors that the space of texts was fitted on, and below those of each part in the order of `space.parts`:
   * unit rows, one an item.
   */
  text: Matrix
  parts: readonly Matrix[]
  /** Catalogue rows of each user. */
  histories: Lists
  seed: number
  pause?: Pause
}

/**
 * Pairs of items of one user that are drawn, and as many pairs of two users. With fewer than LEAST_PAIRS of either
 * kind, all media get the same weight.
 */
const PAIRS = 4000
const LEAST_PAIRS = 200
/** Least weight of a medium: some histories have items with nothing else in common. */
const LEAST_WEIGHT = 0.05
/** Ridge penalty, which keeps weights finite where the media separate all pairs. */
const RIDGE = 1

/**
 * Weight of each medium, text first, then `space.parts`; the largest is 1, the least LEAST_WEIGHT. They are the
 * coefficients, none below 0, of a logistic regression of whether two items have a user in common on their gains by
 * each medium (`pairGains`). Pairs are drawn among items that have all media. Items are placed by their vectors alone,
 * without the smoothing by co-visits, which would tell who took them together. All weights are 1 where there are too
 * few pairs.
 */
export async function weighMedia(input: WeighMediaInput): Promise<number[]> {
  const { space, histories, seed, pause } = input
  const media = 1 + space.parts.length
  const equal = Array<number>(media).fill(1)
  const hasAll = (row: number) => space.parts.every(({ has }) => has[row] === 1)
  const users = Array.from({ length: histories.offsets.length - 1 }, (_, user) =>
    listAt(histories, user).filter(hasAll),
  ).filter((rows) => new Set(rows).size > 1)
  if (users.length < 2) return equal
  const random = createRandom(seed)
  const place = createPlacer(input)
  const gains = gainsOf(space)
  const features: number[][] = []
  const outcomes: number[] = []
  const add = (a: number, b: number, outcome: number) => {
    if (a === b) return
    features.push(pairGains(gains, place(a), place(b)))
    outcomes.push(outcome)
  }
  for (let i = 0; i < PAIRS; i++) {
    if (i % 64 === 0) await pause?.()
    const own = users[random.below(users.length)]
    const other = users[random.below(users.length)]
    const first = draw(own, random)
    add(first, draw(own, random), 1)
    if (other !== own) add(first, draw(other, random), 0)
  }
  const pairs = outcomes.reduce((sum, outcome) => sum + outcome, 0)
  if (Math.min(pairs, outcomes.length - pairs) < LEAST_PAIRS) return equal
  const [, ...weights] = regress(features, outcomes)
  const most = Math.max(...weights)
  return most > 0 ? weights.map((weight) => Math.max(LEAST_WEIGHT, weight / most)) : equal
}

function draw(rows: Int32Array, random: Random): number {
  return rows[random.below(rows.length)]
}

/** Catalogue row -> its joint row, as for an item without co-visits. Cached. */
function createPlacer({ space, text, parts }: WeighMediaInput): (row: number) => Float64Array {
  const known = new Map<number, Float64Array>()
  return (row) => {
    let joint = known.get(row)
    if (!joint) {
      joint = new Float64Array(jointDims(space)).fill(1)
      joint.set(placeVector(space, rowOf(text, row)))
      let at = space.dims
      space.parts.forEach((part, p) => {
        joint!.set(placeVector(part, rowOf(parts[p], row)), at)
        at += part.dims
      })
      known.set(row, joint)
    }
    return joint
  }
}

/** Coefficients of a ridge logistic regression: the intercept, then one a feature, these not below 0. */
function regress(features: readonly number[][], outcomes: readonly number[]): Float64Array {
  const size = features[0].length
  return minimise(
    (x, gradient) => {
      let loss = 0
      gradient[0] = 0
      for (let k = 1; k <= size; k++) {
        loss += (RIDGE / 2) * x[k] * x[k]
        gradient[k] = RIDGE * x[k]
      }
      features.forEach((row, i) => {
        const logit = row.reduce((sum, value, k) => sum + value * x[k + 1], x[0])
        const chance = 1 / (1 + Math.exp(-logit))
        loss += Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(0, outcomes[i] ? -logit : logit)
        gradient[0] += chance - outcomes[i]
        for (let k = 0; k < size; k++) gradient[k + 1] += (chance - outcomes[i]) * row[k]
      })
      return loss
    },
    [0, ...Array<0 | 1>(size).fill(1)],
  )
}
