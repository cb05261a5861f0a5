import { placeUser, scoreItems } from '../adapt/adapter.js'
import type { History, Query, Signals } from '../columns.js'
import type { Model } from '../model/model.js'
import { computeFeatures } from '../rank/compute-features.js'
import { FEATURE_DEPTH } from '../rank/features.js'
import { measureRecency } from '../retrieve/moments.js'
import { gatherSignals, SIGNAL_DEPTH } from '../retrieve/signals.js'

/** The parts of a model that scoring reads. */
export type ScoredModel = Pick<
  Model,
  | 'catalogue'
  | 'vectors'
  | 'modalities'
  | 'covisits'
  | 'brandLinks'
  | 'leafLinks'
  | 'moments'
  | 'neighbours'
  | 'adapter'
  | 'loose'
>

/**
 * What a history says about items, before the scorer weighs it. Serving and training both compute features through it,
 * so they cannot differ.
 */
export interface HistoryScoring {
  /** Signals of every catalogue row, computed at the first call. */
  signals: () => Signals
  /** Logit of every catalogue row by the adapter; null where there is no adapter or the history is empty. */
  adapted: () => Float32Array | null
  /**
   * Feature values of catalogue rows: FEATURE_COUNT numbers a row, row after row, in the order of FEATURES. `queries`:
   * phrases that the user asks for; `boostOf`: ln of the boost of a row's interest, 0 for none.
   */
  featuresOf(rows: Int32Array, queries: readonly Query[], boostOf: (row: number) => number): Float64Array
}

/**
 * Number of newest history items that a score depends on. Of older items only the weights matter, by the mean weight of
 * the history.
 */
export function readDepth({ adapter }: Pick<ScoredModel, 'adapter'>): number {
  return Math.max(SIGNAL_DEPTH, FEATURE_DEPTH, adapter?.ages.length ?? 0)
}

/** Up to so many rows, computing signals for these alone is quicker than for all rows. */
const MOST_ROWS_APART = 24

/**
 * Opens the scoring of one history. Signals and logits of all rows are computed once, when they are first needed; the
 * time of the newest item stands for "now" in features of recency.
 */
export function openScoring(model: ScoredModel, history: History): HistoryScoring {
  const { adapter, moments } = model
  let allSignals: Signals | null = null
  const signals = () => {
    allSignals ??= gatherSignals(model, history)
    return allSignals
  }
  const signalsOf = (rows: Int32Array) =>
    allSignals || rows.length > MOST_ROWS_APART ? signals() : gatherSignals(model, history, new Set(rows))
  const user = adapter && history.rows.length > 0 ? placeUser(adapter, history.rows) : null
  const now = history.rows.length > 0 ? history.lastAt[history.rows.length - 1] : Number.NaN
  const dated = !Number.isNaN(now) && (moments.at.length > 0 || (moments.overlay?.size ?? 0) > 0)
  let allLogits: Float32Array | null = null
  return {
    signals,
    adapted() {
      if (adapter && user) allLogits ??= scoreItems(adapter, user)
      return allLogits
    },
    featuresOf: (rows, queries, boostOf) =>
      computeFeatures(
        {
          catalogue: model.catalogue,
          vectors: model.vectors,
          modalities: model.modalities,
          users: model.covisits.users,
          brandUsers: model.brandLinks.links.users,
          history,
          signals: signalsOf(rows),
          adapted: adapter && user ? scoreItems(adapter, user, rows) : null,
          recencyOf: (row) => (dated ? measureRecency(moments, row, now) : null),
          queries,
          boostOf,
        },
        rows,
      ),
  }
}
