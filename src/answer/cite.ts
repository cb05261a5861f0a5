import { shareOfAges } from '../adapt/adapter.js'
import { CITED, citeByEffect, considerEvidence } from '../explain/evidence.js'
import type { Model } from '../model/model.js'
import { explainFeatures, scoreFeatures } from '../rank/features.js'
import { forEachCovisitOf } from '../retrieve/covisits.js'
import { relativeWeights } from '../retrieve/signals.js'
import { dotRows } from '../vectors/matrix.js'
import { type AnswerOptions, type Reading, readWithout } from './read.js'
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
export interface Cited {
  row: number
  effect: number | null
}
/** The history items each row rests on; with `effects`, by exact effect: the logit less the logit without the item. */
export function cite(
  model: Model,
  reading: Reading,
  rows: Int32Array,
  values: Float64Array,
  options: AnswerOptions,
): Cited[][] {
  const considered = considerAll(model, reading, rows, values)
  if (!options.effects) return considered.map((list) => list.slice(0, CITED).map((row) => ({ row, effect: null })))
  const logits = scoreFeatures(model.scorer, values)
  const exact = rows.length > 0 ? effectsOf(model, reading, considered, rows, logits, options.now) : []
  return exact.map(citeByEffect)
}
/** One full scoring of all concerned rows for each distinct item left out. */
function effectsOf(
  model: Model,
  reading: Reading,
  considered: number[][],
  rows: Int32Array,
  logits: Float64Array,
  now: number,
): { row: number; effect: number }[][] {
  const concerned = new Map<number, number[]>()
  considered.forEach((list, i) => {
    for (const row of list) {
      const positions = concerned.get(row)
      if (positions) positions.push(i)
      else concerned.set(row, [i])
    }
  })
  const effects = rows.length > 0 ? Array.from(rows, (): { row: number; effect: number }[] => []) : []
  for (const [row, positions] of concerned) {
    const without = readWithout(model, reading, [row], now)
    const changed = without.scoreOf(Int32Array.from(positions, (i) => rows[i]))
    positions.forEach((i, k) => {
      effects[i].push({ row, effect: logits[i] - changed[k] })
    })
  }
  return effects
}
/** History rows by how much of a row's direct contributions goes back to each; never the row itself. */
function considerAll(model: Model, reading: Reading, rows: Int32Array, values: Float64Array): number[][] {
  const { history } = reading
  const relative = relativeWeights(history)
  const last = history.rows.length - 1
  const wanted = new Set(rows)
  const counts =
    history.rows.length === 0
      ? []
      : Array.from(history.rows, (row) => {
          const found = new Map<number, number>()
          forEachCovisitOf(model.covisits, row, wanted, (column, count) => {
            found.set(column, count / Math.sqrt(model.covisits.rowSums[row]))
          })
          return found
        })
  return Array.from(rows, (row, i) => {
    const part = new Map(explainFeatures(model.scorer, values, i).contributions.map((c) => [c.feature, c.contribution]))
    const covisit = Array.from(counts, (found, k) => (found.get(row) ?? 0) * relative[k] * 0.7 ** (last - k))
    const covisits = covisit.reduce((sum, x) => sum + x, 0)
    const likeness = Array.from(history.rows, (other, k) =>
      last - k < 12 ? Math.max(0, dotRows(model.vectors, other, model.vectors, row)) : 0,
    )
    const best = Math.max(...likeness)
    const likest = model.modalities.map(({ name, vectors, has }) => {
      const known = Array.from(history.rows, (other, k) =>
        last - k < 12 && has[other] && has[row] ? Math.max(0, dotRows(vectors, other, vectors, row)) : 0,
      )
      return { name, known, best: Math.max(...known), newest: history.rows.findLastIndex((other) => has[other] === 1) }
    })
    const alikeness = (k: number) =>
      likest.reduce(
        (sum, { name, known, best, newest }) =>
          sum +
          (known[k] > 0 && known[k] === best ? (part.get(`${name}_best`) ?? 0) : 0) +
          (k === newest ? (part.get(`${name}_last`) ?? 0) : 0),
        0,
      )
    const adapted = model.adapter ? shareOfAges(model.adapter, history.rows, row) : null
    const brand = model.catalogue.brands[row]
    const shareOf = (k: number) =>
      (covisits > 0 ? ((part.get('covisit') ?? 0) * covisit[k]) / covisits : 0) +
      (adapted ? Math.max(0, part.get('adapter') ?? 0) * adapted[k] : 0) +
      (likeness[k] === best ? (part.get('text_best') ?? 0) : 0.1 * likeness[k]) +
      alikeness(k) +
      (k === last ? (part.get('text_last') ?? 0) + (part.get('covisit_last') ?? 0) : 0) +
      (brand >= 0 && model.catalogue.brands[history.rows[k]] === brand
        ? (part.get('brand') ?? 0) * 0.8 ** (last - k)
        : 0)
    // That an item is like itself says nothing to anybody.
    const ofOthers = (k: number) => (history.rows[k] === row ? 0 : shareOf(k))
    return considerEvidence({ history, shareOf: ofOthers }).map((k) => history.rows[k])
  })
}
