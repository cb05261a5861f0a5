import type { CandidateSource } from '../../types/answers.js'

/** A mean over questions and its 95 % bootstrap interval over users. */
export interface Measured {
  value: number
  low: number
  high: number
}

/** `recall@5` … `hit@20`: see docs/evaluation.md. */
export type Metrics = Record<string, Measured>

/** How it was asked. */
export interface Protocol {
  /** The whole of it in a sentence or two, for people. */
  text: string
  split: 'leave-one-out' | 'time'
  /** What statistics know: nothing of validation and test, all but the test event, or what lies before the cut. */
  statistics: 'strict' | 'refit' | 'before-cut'
  /** Users asked of those who could be; null: all. */
  sample: { users: number; of: number } | null
  shuffledTies: boolean
  /** ISO 8601, null where nothing is cut by time. */
  cut: string | null
  /** Liked items that a user needs to be asked; 1 in the split by time. */
  leastItems: number
  /** Places of a list, and how varied the list as served is. */
  places: number
  diversity: number
  seed: number
  encoder: string
  /** Items that could be recommended. */
  items: number
  /** Liked items that statistics were counted from, and the users who have one. */
  trainEvents: number
  trainUsers: number
}

/** What lists are like beside being right. Null where nothing can be said. */
export interface ListTraits {
  /** Share of the catalogue that any list holds, 0..1; Gini coefficient of how often each item is listed. */
  coverage: number
  gini: number
  /** Mean 1 - cosine of the texts of two items of a list, 0..2. */
  diversity: Measured | null
  /** Mean -log2 of the share of users who have the item, bits. */
  novelty: Measured | null
  /** Popularity of the list over that of the history; above 1 leans to the popular. */
  popularityBias: Measured | null
  /** KL divergence of the interests' shares of the places from their shares of the history, nats; of users with interests. */
  interestKl: Measured | null
}

export interface BaselineReport {
  name: string
  source: string
  /** Null, and the reason, where it cannot run on this data. */
  metrics: Metrics | null
  reason: string | null
  /** NDCG@10 of ours less that of the baseline on the same questions: an interval without 0 is a difference. */
  difference: { 'ndcg@10': Measured } | null
}

/** Questions of one kind. */
export interface Slice {
  questions: number
  /** Null where there are none. */
  metrics: Metrics | null
  /** The same of text-kNN, where it was among the baselines. */
  textKnn: Metrics | null
}

export interface EvaluateAblation {
  /** Held-out validation lists and their users; NDCG@10 with everything. */
  lists: number
  users: number
  'ndcg@10': Measured
  /** NDCG@10 lost without each: above 0, it is worth something. */
  features: Record<string, Measured>
  /** The same where candidates that only this source found are left out. */
  sources: Partial<Record<CandidateSource, Measured>>
}

export interface EvaluateReport {
  protocol: Protocol
  /** Users asked, and questions put to them. */
  users: number
  questions: number
  /** By score alone, ties at their mean rank. */
  metrics: Metrics
  /** The list as served, and the same chosen by score alone. */
  served: { diversity: number; metrics: Metrics; traits: ListTraits }
  byScore: { traits: ListTraits }
  /** Served less by score: what variety costs, and what it changes. */
  variety: { 'ndcg@10': Measured; interestKl: Measured | null }
  baselines: Record<string, BaselineReport>
  candidates: {
    /** Candidates a question, and the share of questions whose target is among them: the ceiling of recall. */
    mean: number
    recall: Measured
    /** Share of questions whose target each source found, and found alone. */
    bySource: Partial<Record<CandidateSource, { found: number; only: number }>>
  }
  calibration: {
    /** Whether the scorer was fitted to be read as a chance. */
    calibrated: boolean
    /** Over the places of the lists as served: expected calibration error, and the bins it is told from. */
    ece: number
    bins: { from: number; to: number; predicted: number; observed: number; count: number }[]
    /** Over all candidates of all questions, nats, beside that of always saying the share of hits. */
    logLoss: { value: number; constant: number }
  }
  slices: Record<string, Slice>
  /** Null where there was too little behaviour to learn from. */
  training: {
    scorer: string
    installed: boolean
    users: number
    heldOut: number
    lists: number
    /** On validation events of users not learnt from: the default scorer, and the one learnt. */
    ndcg: { before: number; after: number }
    /** The same of the adapter alone; null where there is none. */
    adapter: number | null
    /** What was promised of each user; null where the training hides nobody. */
    privacy: { epsilon: number; delta: number } | null
  } | null
  ablation: EvaluateAblation | null
  /** What a person should know. */
  notes: string[]
  /** In all. */
  seconds: number
  peakMB: number
}
