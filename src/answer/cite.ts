import type { Model } from '../model/model.js'
import { type Reading, readWithout } from './read.js'
import { readDepth } from './score.js'

/** What leaving out each item of the history, oldest first, takes from the logit of a row: exact, each scored anew. */
export function effectsOn(model: Model, reading: Reading, row: number, now: number): Float64Array {
  const { rows, weights } = reading.history
  const [logit] = reading.scoreOf([row])
  const effectOf = (position: number) => logit - readWithout(model, reading, [rows[position]], now).scoreOf([row])[0]
  const older = reading.boosted ? 0 : rows.length - readDepth(model)
  // Of the older items nothing but the mean weight is read: those that leave the same behind have the same effect.
  const known = new Map<number, number>()
  return Float64Array.from(rows, (_, position) => {
    if (position >= older) return effectOf(position)
    const left = sumWithout(weights, position)
    const effect = known.get(left) ?? effectOf(position)
    known.set(left, effect)
    return effect
  })
}

/** Added in order, so that equal sums are equal to the last bit. */
function sumWithout(values: Float64Array, position: number): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) if (i !== position) sum += values[i]
  return sum
}
