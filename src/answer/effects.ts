import type { Model } from '../model/model.js'
import { type Reading, readWithout } from './read.js'
import { readDepth } from './score.js'

/** What leaving out one item of the history takes from an item's logit; above 0, it speaks for the item. */
export interface Effect {
  /** Place in the history, 0 the oldest. */
  position: number
  effect: number
}

/**
 * The exact effects of history items on the logits of some rows: the logit less the logit that the same history without
 * the one item gives. `logits` are those of `rows` under the reading; `positions[i]` are the places in the history to
 * leave out, one at a time, for rows[i]. Returns one list a row, in the order in which the places come up over all rows.
 */
export function effectsOf(
  model: Model,
  reading: Reading,
  rows: Int32Array,
  logits: Float64Array,
  positions: readonly (readonly number[])[],
  now: number,
): Effect[][] {
  const { rows: liked, weights } = reading.history
  const rowsOfPosition = new Map<number, number[]>()
  positions.forEach((list, i) => {
    for (const position of list) {
      const of = rowsOfPosition.get(position)
      if (of) of.push(i)
      else rowsOfPosition.set(position, [i])
    }
  })
  const older = reading.boosted ? 0 : liked.length - readDepth(model)
  // Of the older items nothing but the mean weight is read: those that leave the same behind leave the same logits.
  const leaving = new Map<number, Map<number, number>>()
  const effects = Array.from(rows, (): Effect[] => [])
  for (const [position, of] of rowsOfPosition) {
    const left = position < older ? sumWithout(weights, position) : Number.NaN
    const known = leaving.get(left) ?? new Map<number, number>()
    const unknown = of.filter((i) => !known.has(i))
    if (unknown.length > 0) {
      const without = readWithout(model, reading, [liked[position]], now)
      const changed = without.scoreOf(Int32Array.from(unknown, (i) => rows[i]))
      unknown.forEach((i, k) => {
        known.set(i, changed[k])
      })
      if (position < older) leaving.set(left, known)
    }
    for (const i of of) effects[i].push({ position, effect: logits[i] - known.get(i)! })
  }
  return effects
}

/** Added in order, so that equal sums are equal to the last bit. */
function sumWithout(values: Float64Array, position: number): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) if (i !== position) sum += values[i]
  return sum
}
