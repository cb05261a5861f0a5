import type { Model } from '../model/model.js'
import { type Reading, readWithout } from './read.js'
import { readDepth } from './score.js'

/** Effect of one history item on the logit of another item. */
export interface Effect {
  /** Position of the history item in the history, 0 the oldest. */
  position: number
  /** Logit minus the logit without the history item. Above 0: the history item speaks for the other. */
  effect: number
}

/**
 * Exact effects of history items on the logits of some catalogue rows. Each is measured by reading the history again
 * without the one item and scoring again. `logits[i]`: logit of rows[i] under the reading; `positions[i]`: positions in
 * the history whose effects on rows[i] are wanted; `now`: as in AnswerOptions. Returns one list a row, with positions
 * in the order in which they first occur in `positions`, over all rows.
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
  const rowsByPosition = new Map<number, number[]>()
  positions.forEach((list, i) => {
    for (const position of list) {
      const of = rowsByPosition.get(position)
      if (of) of.push(i)
      else rowsByPosition.set(position, [i])
    }
  })
  const older = reading.boosted ? 0 : liked.length - readDepth(model)
  // Of items older than `readDepth` scoring reads nothing but the mean weight: those whose removal leaves the same sum
  // of weights have the same effect.
  const logitsBySum = new Map<number, Map<number, number>>()
  const effects = Array.from(rows, (): Effect[] => [])
  for (const [position, of] of rowsByPosition) {
    const sum = position < older ? sumExcept(weights, position) : Number.NaN
    const known = logitsBySum.get(sum) ?? new Map<number, number>()
    const unknown = of.filter((i) => !known.has(i))
    if (unknown.length > 0) {
      const without = readWithout(model, reading, [liked[position]], now)
      const changed = without.scoreOf(Int32Array.from(unknown, (i) => rows[i]))
      unknown.forEach((i, k) => {
        known.set(i, changed[k])
      })
      if (position < older) logitsBySum.set(sum, known)
    }
    for (const i of of) effects[i].push({ position, effect: logits[i] - known.get(i)! })
  }
  return effects
}

/** Sum of all values but one. They are added in order, so that equal sums are equal to the last bit. */
function sumExcept(values: Float64Array, position: number): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) if (i !== position) sum += values[i]
  return sum
}
