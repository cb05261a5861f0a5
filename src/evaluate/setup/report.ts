import type { CandidateSource } from '../../types/answers.js'

/** A mean over questions and its 95 % bootstrap interval over users. */
export interface Measured {
  value: number
  low: number
  high: number
}

/** Metrics by name: `recall`, `ndcg`, `mrr` and `hit`, each `@5`, `@10` and `@20` (docs/evaluation.md). */
export type Metrics = Record<string, Measured>

/** The protocol of an evaluation of the ranking: which events were held back, and what the model was computed from. */
export interface Protocol {
  /** The whole protocol in a sentence or two, for people. */
  text: string
  /** Of `EvaluateSettings`. */
  split: 'leave-one-out' | 'time'
  /**
   * What the statistics in use were counted from: `strict` all but the validation and test events, `refit` all but the
   * test events, `before-cut` what lies before the cut in time.
   */
  statistics: 'strict' | 'refit' | 'before-cut'
  /** Users who were asked, `of` those who could be; null: all. */
  sample: { users: number; of: number } | null
  /** Whether liked items of the same time were shuffled first. */
  shuffledTies: boolean
  /** Time of the cut, ISO 8601; null in leave-one-out. */
  cut: string | null
  /** Liked items that a user needs to be asked; 1 in the split by time. */
  leastItems: number
  /** Places of a list. */
  places: number
  /** Diversity of the list as served, 0..1. */
  diversity: number
  /** Seed of everything random. */
  seed: number
  /** Id of the encoder. */
  encoder: string
  /** Items that could be recommended. */
  items: number
  /** Liked items that statistics were counted from, and the users who have one. */
  trainEvents: number
  trainUsers: number
}

/**
 * Properties of the recommended lists other than accuracy, with their sources in docs/evaluation.md. Null where a
 * property is undefined for every list.
 */
export interface ListTraits {
  /** Share of the catalogue's items that at least one list holds, 0..1. */
  coverage: number
  /** Gini coefficient of how often each item is listed, 0 (all alike) to 1. */
  gini: number
  /** Mean of 1 - cosine between the texts of two items of a list, 0..2. */
  diversity: Measured | null
  /** Mean of -log2(share of users who have the item), bits. */
  novelty: Measured | null
  /** Mean popularity of the list over that of the history; above 1 the lists favour popular items. */
  popularityBias: Measured | null
  /**
   * KL divergence between the interests' shares of the history and their shares of the list's places, nats; over the
   * users who have interests.
   */
  interestKl: Measured | null
}

/** A known method on the same questions. */
export interface BaselineReport {
  /** Its name, for people. */
  name: string
  /** Where it was published, and what differs from that here. */
  source: string
  /** Null where it cannot run on this data. */
  metrics: Metrics | null
  /** Why it cannot run; null where it did. */
  reason: string | null
  /**
   * NDCG@10 of interest-mine less that of the baseline, question by question (paired). An interval that does not hold 0
   * shows a difference. Null where the baseline cannot run.
   */
  difference: { 'ndcg@10': Measured } | null
}

/** The questions of one kind, such as those whose target is a new item. */
export interface Slice {
  /** How many questions. */
  questions: number
  /** Metrics at 10; null where there are no such questions. */
  metrics: Metrics | null
  /** The same of text-kNN; null also where it was not among the baselines. */
  textKnn: Metrics | null
}

/** NDCG@10 lost on held-out validation lists where one part is left out. */
export interface EvaluateAblation {
  /** Held-out validation lists. */
  lists: number
  /** Users that the lists are of. */
  users: number
  /** NDCG@10 with every feature and source. */
  'ndcg@10': Measured
  /** Feature -> NDCG@10 lost where the scorer is fitted again without it (paired). Above 0 the feature helps. */
  features: Record<string, Measured>
  /** Source -> NDCG@10 lost where the candidates that only this source found are left out (paired). */
  sources: Partial<Record<CandidateSource, Measured>>
}

/** Report of an evaluation of the ranking. Definitions of all metrics: docs/evaluation.md. */
export interface EvaluateReport {
  protocol: Protocol
  /** Users who were asked. */
  users: number
  /** Questions asked of them. */
  questions: number
  /** Of all candidates in order of score; equal scores have their mean rank. */
  metrics: Metrics
  /** Of the lists of ten as served, with diversity. */
  served: { diversity: number; metrics: Metrics; traits: ListTraits }
  /** Of the lists of ten chosen by score alone. */
  byScore: { traits: ListTraits }
  /** The lists as served less those by score alone, question by question (paired). */
  variety: { 'ndcg@10': Measured; interestKl: Measured | null }
  /** By id. */
  baselines: Record<string, BaselineReport>
  candidates: {
    /** Mean number of candidates a question. */
    mean: number
    /** Share of questions whose target is among the candidates: no recall can be above it. */
    recall: Measured
    /** Share of questions whose target the source found, and whose target no other source found. */
    bySource: Partial<Record<CandidateSource, { found: number; only: number }>>
  }
  calibration: {
    /** Whether scores were fitted to be probabilities. */
    calibrated: boolean
    /** Expected calibration error over the places of the lists as served, 0..1. */
    ece: number
    /** The bins that `ece` is computed from: range of scores, mean score, share of hits, number of places. */
    bins: { from: number; to: number; predicted: number; observed: number; count: number }[]
    /** Mean log loss over all candidates of all questions, nats; `constant`: of always predicting the share of hits. */
    logLoss: { value: number; constant: number }
  }
  /** By name: `coldItems`, `tailItems`, `coldUsers`, `newUsers`. */
  slices: Record<string, Slice>
  /** Null where there was too little behaviour to train on; the default scorer then served. */
  training: {
    /** Id of the scorer. */
    scorer: string
    /** Whether the trained scorer replaced the default one. */
    installed: boolean
    /** Users trained on, and users held out. */
    users: number
    heldOut: number
    /** Lists trained on. */
    lists: number
    /** NDCG@10 on validation events of the held-out users: of the default scorer, and of the trained one. */
    ndcg: { before: number; after: number }
    /** The same of the adapter alone; null where there is none. */
    adapter: number | null
    /** The guarantee of differential privacy for each user; null where the training was not private. */
    privacy: { epsilon: number; delta: number } | null
  } | null
  /** Null where it was not asked for or no scorer was trained. */
  ablation: EvaluateAblation | null
  /** What a person should know. */
  notes: string[]
  /** Wall-clock seconds of the whole evaluation. */
  seconds: number
  /** The largest resident memory of the process, MiB. */
  peakMB: number
}
