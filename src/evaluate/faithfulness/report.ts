import type { EvaluateReport, Measured } from '../setup/report.js'

/**
 * One way to choose the cited items, over all recommendations that cite anything. Intervals are over users. Deletion
 * and insertion curves after Petsiuk et al., BMVC 2018; definitions in docs/evaluation.md.
 */
export interface ExplainerReport {
  /** `cited` (the explanations themselves), `random`, `popular` or `recent`. */
  id: string
  /** For people. */
  name: string
  /** Share of recommendations that stay in the list when the cited items are the whole history. */
  sufficiency: Measured
  /** Share that leave the list when the cited items are left out of the history. */
  necessity: Measured
  /**
   * Of the recommendations whose logit was not below the tenth best of all candidates: the share whose logit without
   * the cited items is below that value. Null where there are none.
   */
  sinks: Measured | null
  /** Mean logit lost when the cited items are left out. */
  fall: Measured
  /** Sum of the lost logits over the sum of what whole histories add to the logit of an empty one. */
  share: Measured
  /** The share of that sum that is left when the first 1, 2, 3 cited items are left out. */
  deletion: number[]
  /** The share of that sum that the first 1, 2, 3 cited items give alone. */
  insertion: number[]
}

/** Report of an evaluation of explanations. */
export interface FaithfulnessReport {
  protocol: {
    /** The protocol in two sentences, for people. */
    text: string
    /** Seed of everything random. */
    seed: number
    /** Id of the encoder. */
    encoder: string
    /** Items that could be recommended. */
    items: number
    /** Places of a list. */
    places: number
    /** Diversity of the list as served, 0..1. */
    diversity: number
    /** Users whose lists were explained. */
    users: number
    /** Users whose lists could have been explained. */
    of: number
  }
  /** Recommendations of all lists together. */
  recommendations: number
  /**
   * `share`: of the recommendations, those that cite an item with a positive effect. Of these, the mean number of items
   * cited (`items`) and of liked items in the history (`of`).
   */
  cited: { share: number; items: number; of: number }
  /** Empty where nothing was cited. */
  explainers: ExplainerReport[]
  /** Null where no user has a list. */
  counterfactuals: {
    /** Recommendations explained in full, one a user. */
    asked: number
    /** Share with a counterfactual set. */
    found: Measured
    /** Reason -> number of explanations without a set. */
    reasons: Record<string, number>
    /** Share of the sets without which the item is not in the list. Null: no set. */
    holds: Measured | null
    /** Share of the sets of which no item can be put back without the item returning to the list. Null: no set. */
    minimal: Measured | null
    /** Mean number of items of a set. Null: no set. */
    size: Measured | null
    /** Time of a whole explanation on one thread, median and 99th percentile; differs from run to run. */
    milliseconds: { p50: number; p99: number }
  } | null
  /**
   * `contributions`: the largest |bias + contributions - logit|. `effects`: the largest difference between a stated
   * effect and the logit lost when the item is left out.
   */
  errors: { contributions: number; effects: number }
  /** Null where the default scorer served. */
  training: EvaluateReport['training']
  /** What a person should know. */
  notes: string[]
  /** Wall-clock seconds of the whole evaluation. */
  seconds: number
  /** The largest resident memory of the process, MiB. */
  peakMB: number
}
