import { placeUser, scoreItems } from '../adapt/adapter.js'
import type { History, Query, Signals } from '../columns.js'
import type { Model } from '../model/model.js'
import { computeFeatures } from '../rank/compute-features.js'
import { FEATURE_DEPTH } from '../rank/features.js'
import { tellLiveliness } from '../retrieve/moments.js'
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

/** What a history says about items, before anything is weighed: the one way in for serving and for training. */
export interface HistoryScoring {
  /** Signals of every item, gathered when first asked for. */
  signals: () => Signals
  /** Logit of every item by the adapter; null where there is none, or nothing in the history. */
  adapted: () => Float32Array | null
  featuresOf(rows: Int32Array, queries: readonly Query[], boostOf: (row: number) => number): Float64Array
}

/** Scores read so many of the newest items, and of older ones nothing but what they do to the mean weight. */
export function readDepth({ adapter }: Pick<ScoredModel, 'adapter'>): number {
  return Math.max(SIGNAL_DEPTH, FEATURE_DEPTH, adapter?.ages.length ?? 0)
}

/** Signals of so many items are gathered quicker by themselves than with all others. */
const FEW = 24

export function openScoring(model: ScoredModel, history: History): HistoryScoring {
  const { adapter, moments } = model
  let whole: Signals | null = null
  const signals = () => {
    whole ??= gatherSignals(model, history)
    return whole
  }
  const signalsOf = (rows: Int32Array) =>
    whole || rows.length > FEW ? signals() : gatherSignals(model, history, new Set(rows))
  const user = adapter && history.rows.length > 0 ? placeUser(adapter, history.rows) : null
  const now = history.rows.length > 0 ? history.lastAt[history.rows.length - 1] : Number.NaN
  const dated = !Number.isNaN(now) && (moments.at.length > 0 || (moments.overlay?.size ?? 0) > 0)
  let all: Float32Array | null = null
  return {
    signals,
    adapted() {
      if (adapter && user) all ??= scoreItems(adapter, user)
      return all
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
          livelinessOf: (row) => (dated ? tellLiveliness(moments, row, now) : null),
          queries,
          boostOf,
        },
        rows,
      ),
  }
}
