import { shareOfAges } from '../adapt/adapter.js'
import type { ModalityVectors, Vectors } from '../columns.js'
import { CITED, citeByEffect, considerEvidence } from '../explain/evidence.js'
import type { Model } from '../model/model.js'
import { BRAND_DECAY, FEATURE_ENTRIES, type FeatureEntry, TEXT_DEPTH } from '../rank/features.js'
import { explainFeatures, scoreFeatures } from '../rank/scorer.js'
import { forEachCovisitOf } from '../retrieve/covisits.js'
import { relativeWeights, SIGNAL_DECAY } from '../retrieve/signals.js'
import { dotRows } from '../vectors/matrix.js'
import { effectsOf } from './effects.js'
import type { AnswerOptions, Reading } from './read.js'

/** An item of the history that is cited as evidence for a recommendation. */
export interface CitedItem {
  /** Its catalogue row. */
  row: number
  /** Logit of the recommendation minus its logit without this item; null where effects were not asked for. */
  effect: number | null
}

/**
 * Share for each unit of cosine of an item that is not the most similar one, so that the next most similar comes next.
 */
const LIKENESS_SHARE = 0.1

/**
 * Chooses the history items to cite for each of the given catalogue rows: one list a row, strongest first, at most
 * three items. `values`: features of the rows, as `reading.featuresOf(rows)` gives them. Without `options.effects` the
 * items are those with the largest share of the row's contributions. With it, up to five of these are measured
 * (`effectsOf`) and chosen by their exact effect, in logits. A row is never cited for itself.
 */
export function cite(
  model: Model,
  reading: Reading,
  rows: Int32Array,
  values: Float64Array,
  options: AnswerOptions,
): CitedItem[][] {
  const liked = reading.history.rows
  const considered = findStrongestPositions(model, reading, rows, values)
  if (!options.effects) {
    return considered.map((list) => list.slice(0, CITED).map((position) => ({ row: liked[position], effect: null })))
  }
  const logits = scoreFeatures(model.scorer, values)
  const exact = effectsOf(model, reading, rows, logits, considered, options.now)
  return exact.map((list) => citeByEffect(list.map(({ position, effect }) => ({ row: liked[position], effect }))))
}

/** Sum of the contributions, in logits, of the features whose `cite` in the feature table is `way`, of one medium. */
function sumOf(
  contributions: ReadonlyMap<string, number>,
  way: NonNullable<FeatureEntry['cite']>,
  medium?: FeatureEntry['medium'],
): number {
  let sum = 0
  for (const entry of FEATURE_ENTRIES)
    if (entry.cite === way && entry.medium === medium) sum += contributions.get(entry.name) ?? 0
  return sum
}

/**
 * For each row, positions of the history items with the largest shares of its contributions, strongest first, at most
 * five (`considerEvidence`). A contribution is split among items as the feature's `cite` says.
 */
function findStrongestPositions(model: Model, reading: Reading, rows: Int32Array, values: Float64Array): number[][] {
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
  const cosinesWith = (row: number, vectors: Vectors, has?: ModalityVectors['has']) =>
    Array.from(history.rows, (other, k) =>
      last - k < TEXT_DEPTH && (!has || (has[other] && has[row]))
        ? Math.max(0, dotRows(vectors, other, vectors, row))
        : 0,
    )
  const newestWith = model.modalities.map(({ has }) => history.rows.findLastIndex((other) => has[other] === 1))
  return Array.from(rows, (row, i) => {
    const { contributions } = explainFeatures(model.scorer, values, i)
    const adds = new Map(contributions.map(({ feature, contribution }) => [feature, contribution]))
    const byCovisits = sumOf(adds, 'covisits')
    const byAges = Math.max(0, sumOf(adds, 'ages'))
    const byNearest = sumOf(adds, 'nearest')
    const byLast = sumOf(adds, 'last')
    const byBrand = sumOf(adds, 'brand')
    const covisit = Array.from(counts, (found, k) => (found.get(row) ?? 0) * relative[k] * SIGNAL_DECAY ** (last - k))
    const covisits = covisit.reduce((sum, x) => sum + x, 0)
    const likeness = cosinesWith(row, model.vectors)
    const best = Math.max(...likeness)
    const media = model.modalities.map(({ name, vectors, has }, m) => {
      const known = cosinesWith(row, vectors, has)
      const nearest = sumOf(adds, 'nearest', name)
      return { known, best: Math.max(...known), nearest, newest: newestWith[m], last: sumOf(adds, 'last', name) }
    })
    const byMedia = (k: number) =>
      media.reduce(
        (sum, { known, best, nearest, newest, last }) =>
          sum + (known[k] > 0 && known[k] === best ? nearest : 0) + (k === newest ? last : 0),
        0,
      )
    const ageShares = model.adapter ? shareOfAges(model.adapter, history.rows, row) : null
    const brand = model.catalogue.brands[row]
    const shareOf = (k: number) =>
      (covisits > 0 ? (byCovisits * covisit[k]) / covisits : 0) +
      (ageShares ? byAges * ageShares[k] : 0) +
      (likeness[k] === best ? byNearest : LIKENESS_SHARE * likeness[k]) +
      byMedia(k) +
      (k === last ? byLast : 0) +
      (brand >= 0 && model.catalogue.brands[history.rows[k]] === brand ? byBrand * BRAND_DECAY ** (last - k) : 0)
    // An item that is in the history already is most similar to itself, which explains nothing.
    return considerEvidence({ history, shareOf: (k) => (history.rows[k] === row ? 0 : shareOf(k)) })
  })
}
