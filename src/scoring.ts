import { placeUser, scoreItems } from './adapt/adapter.js'
import type { Model } from './model.js'
import { computeFeatures } from './rank/features.js'
import { tellLiveliness } from './retrieve/moments.js'
import { gatherSignals } from './retrieve/signals.js'
import type { History, Query, Signals } from './types.js'

/** The parts of a model that scoring reads. */
export type ScoredModel = Pick<
  Model,
  'catalogue' | 'vectors' | 'covisits' | 'brandLinks' | 'leafLinks' | 'moments' | 'neighbours' | 'adapter' | 'loose'
>

/** What a history says about items, before anything is weighed: the one way in for serving and for training. */
export interface Asked {
  signals: Signals
  /** Logit of every item by the adapter; null where there is none, or nothing in the history. */
  adapted: () => Float32Array | null
  featuresOf(rows: Int32Array, queries: readonly Query[], boostOf: (row: number) => number): Float64Array
}

export function ask(model: ScoredModel, history: History): Asked {
  const { adapter, moments } = model
  const signals = gatherSignals(model, history)
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
          users: model.covisits.users,
          brandUsers: model.brandLinks.links.users,
          history,
          signals,
          adapted: adapter && user ? scoreItems(adapter, user, rows) : null,
          livelinessOf: (row) => (dated ? tellLiveliness(moments, row, now) : null),
          queries,
          boostOf,
        },
        rows,
      ),
  }
}
