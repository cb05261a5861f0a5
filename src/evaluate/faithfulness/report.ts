import type { EvaluateReport, Measured } from '../setup/report.js'

export interface ExplainerReport {
  id: string
  name: string
  /** Share of recommendations that stay in the list when only the cited items are the history. */
  sufficiency: Measured
  /** Share that leave it when the cited items are left out. */
  necessity: Measured
  /**
   * Share whose logit without them falls below the tenth best of all items as they were; of those above it before.
   * Null: none was.
   */
  sinks: Measured | null
  /** Mean logit lost without them, and lost over what the whole history gave. */
  fall: Measured
  share: Measured
  /** What is left of what the history gave when the first 1, 2, 3 are left out, and what they give alone. */
  deletion: number[]
  insertion: number[]
}

export interface FaithfulnessReport {
  protocol: {
    text: string
    seed: number
    encoder: string
    items: number
    places: number
    diversity: number
    /** Users whose lists were explained, of those who could be. */
    users: number
    of: number
  }
  recommendations: number
  /** Recommendations that cite an item that speaks for them, how many they cite, and of how many. */
  cited: { share: number; items: number; of: number }
  explainers: ExplainerReport[]
  /** Null where nobody has a list. */
  counterfactuals: {
    /** Explanations asked for, one a user. */
    asked: number
    found: Measured
    /** Why there was none, with counts. */
    reasons: Record<string, number>
    /** Share of the sets without which the item is out of the list, and of which none can be spared. Null: no set. */
    holds: Measured | null
    minimal: Measured | null
    /** Mean number of items of a set. */
    size: Measured | null
    /** Of a whole explanation, on one thread; differs from run to run. */
    milliseconds: { p50: number; p99: number }
  } | null
  /** The largest errors met: contributions against the logit, and effects against scoring without the item. */
  errors: { contributions: number; effects: number }
  /** Null where the default scorer served. */
  training: EvaluateReport['training']
  notes: string[]
  seconds: number
  peakMB: number
}
