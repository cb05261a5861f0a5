import type { Modality } from './items.js'

export type InterestLevel = 'point' | 'emerging' | 'domain'

export type Trend = 'new' | 'growing' | 'steady' | 'fading'

export type LabelSource = 'words' | 'llm' | 'user'

export type CandidateSource = 'covisit' | 'text' | 'adapter' | 'interest' | 'wish' | 'popular' | 'exploring' | Modality

export type Language = 'en' | 'zh'

/** What an item can be likened by. */
export type Medium = 'text' | Modality

export interface InterestEvidence {
  item: string
  title: string
  /** Share of the liked history, 0..1. */
  weight: number
  /** How many events the user has on this item. */
  events: number
  lastSeen: string | null
  /** What ties it to the rest of the evidence most; only where the store has pictures or sounds. */
  by?: Medium
}

export interface InterestState {
  muted: boolean
  boost: number
  pinned: boolean
}

export interface Interest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  labelSource: LabelSource
  domain: string[]
  /** Share of the liked history, 0..1: the sum over `evidence`. */
  weight: number
  /** Probability that the next positive event falls in this interest, 0..1. */
  confidence: number
  trend: Trend
  /**
   * How it drifted: equal periods, at most six, from the user's first event to now, oldest first. `items` of this
   * interest were last taken in the period, `share` (0..1) of all that were. Times are null where they are unknown.
   */
  timeline: { from: string | null; to: string | null; items: number; share: number }[]
  /** `gift`: taken in one go, long ago, and nothing else of the user is of this kind: perhaps it was for somebody else. */
  aside: 'gift' | null
  firstSeen: string | null
  lastSeen: string | null
  verified: boolean
  medoid: string
  /** What holds it together, as shares that add up to 1; only where the store has pictures or sounds. */
  spokenBy?: Partial<Record<Medium, number>>
  evidence: InterestEvidence[]
  state: InterestState
  /** What was done since that speaks against an edit of it. */
  contrary: Contrary | null
}

/** An interest that the user added by a phrase: no evidence, no weight, candidates of its own. */
export interface Wish {
  id: string
  /** The phrase, or what the user renamed it to. */
  label: string
  labelSource: 'user'
  phrase: string
  addedAt: string | null
  /** A muted wish rests: it finds nothing. */
  state: InterestState
  contrary: Contrary | null
}

/**
 * What a user did after an edit that speaks against it. `liked`: items of what was muted, disowned or turned down;
 * `disliked`: items of what was boosted; `silent`: many liked, none of what was boosted; `carried`: items of what a wish
 * asks for, which an interest now holds. It changes nothing by itself.
 */
export interface Contrary {
  kind: 'liked' | 'disliked' | 'silent' | 'carried'
  /** Distinct items. */
  items: number
  /** When the edit was made. */
  since: string
  /** The latest of these items. */
  lastSeen: string | null
  /** The interest that carries a wish; null where none does. */
  interest: string | null
}

export interface InterestsAnswer {
  user: string
  events: number
  /** The profile in a few sentences; empty where nothing is liked. */
  summary: string
  interests: Interest[]
  /** Newest first. */
  wishes: Wish[]
  unassigned: { item: string; title: string; weight: number }[]
  /** What the user said is not theirs ("not me"): in none of the above. */
  disowned: InterestName[]
}

export interface InterestName {
  id: string
  label: string
}

/** What became of interests. A `new` one has none before it, a `fade` none after it. */
export interface InterestChange {
  what: 'new' | 'split' | 'merge' | 'rename' | 'fade'
  before: InterestName[]
  after: InterestName[]
}

/** A change with the generation that found it; of what came since the generation in use, both are null. */
export interface LineageEntry extends InterestChange {
  generation: number | null
  /** When that was built, ISO 8601. */
  at: string | null
}

export interface LineageAnswer {
  user: string
  /** Oldest first. */
  lineage: LineageEntry[]
}

/** How much what the holders of an interest like is liked lately, against before. */
export interface Growth {
  /** Their likings in it, since `recentSince` of the answer and before. */
  recent: number
  earlier: number
  /** Its share of all recent likings over its share of all earlier ones; above 1: it grows. */
  ratio: number
}

/** An interest of the user base: a topic of the catalogue, and who holds a fine interest in it. */
export interface SharedInterest {
  /** The topic's, kept over rebuilds. */
  id: string
  label: string
  domain: string[]
  /** Distinct holders, and their share of all users who like anything. */
  users: number
  share: number
  /** Sum of the holders' weights over all users who like anything: the part of all that is liked, 0..1. */
  weight: number
  /** `growing` and `fading` are told only where chance would not do it (one case in twenty, either way). */
  trend: Trend
  /** Null where times are unknown, and where its recent or its earlier likings are of some, but fewer than `minUsers`. */
  growth: Growth | null
  /** Up to three: those that most holders have, if enough have them, else the most typical of the topic. */
  items: { item: string; title: string }[]
}

export interface UserBaseAnswer {
  /** Users who like anything. */
  users: number
  minUsers: number
  /** Where the latest quarter of all likings begins, ISO 8601; null where times are unknown. */
  recentSince: string | null
  /** Interests that at least `minUsers` hold; of these the most held are listed. */
  total: number
  interests: SharedInterest[]
  /** Interests that fewer hold. `users`: distinct holders of these together; null where they too are fewer, and in a domain. */
  withheld: { interests: number; users: number | null }
}

export interface AudienceMember {
  user: string
  /** Of all their interests that fit: the share of what they like, and the chance that their next positive event is one. */
  weight: number
  confidence: number
  interests: InterestName[]
  /** Latest first. */
  evidence: { item: string; title: string; lastSeen: string | null }[]
}

export interface AudienceAnswer {
  /** What was asked for: an interest of the user base, or a phrase. */
  interest: (InterestName & { domain: string[] }) | null
  like: string | null
  /** All users who hold it. */
  total: number
  /** By confidence, then weight, then as they came. */
  users: AudienceMember[]
}

/** How a figure was made private, and what is left. */
export interface PrivacyTerms {
  epsilon: number
  /** 0 for Laplace noise. */
  delta: number
  mechanism: 'discrete-laplace' | 'discrete-gaussian'
  /** Laplace: the noise falls as exp(-|x| / scale). Gaussian: its standard deviation. */
  scale: number
  /** Counts that one user can change, each by 1. */
  bound: number
  /** Epsilon that is left of the store's budget, at its delta. */
  left: number
}

/** Interests of the user base with noise: topics of the catalogue's texts alone, and how many users like two items of each. */
export interface PrivateUserBaseAnswer {
  /** Topics whose noisy count is lower are not shown; few of these counts come from noise alone. */
  leastUsers: number
  /** Topics that reach it; of these the most liked are listed. */
  total: number
  /** `users`: with noise. `items`: the most typical by their texts. */
  interests: Pick<SharedInterest, 'id' | 'label' | 'domain' | 'users' | 'items'>[]
  privacy: PrivacyTerms
}

/** How many users hold an interest, or one that is like a phrase, and nothing of who they are. */
export interface AudienceSize extends Pick<AudienceAnswer, 'interest' | 'like'> {
  /** Null where fewer than `minUsers` do. With noise where epsilon was asked for. */
  total: number | null
  minUsers: number
  /** Null where the count is exact. */
  privacy: PrivacyTerms | null
}

/** What answers with noise may cost together, and what they cost. */
export interface PrivacyLedger {
  /** Null where none was set: nothing is answered with noise, and trainings are only written down. */
  budget: { epsilon: number; delta: number } | null
  /**
   * Epsilon of all answers and trainings together, at the budget's delta, and what is left. `spent` is null where the
   * deltas of trainings reach beyond that of the budget: then nothing is left.
   */
  spent: number | null
  left: number
  /**
   * Answers and private trainings that were paid for, oldest first; `rho`: of Gaussian noise, its zero-concentrated
   * privacy, else null.
   */
  spendings: { at: string; question: string; epsilon: number; delta: number; rho: number | null }[]
}

export interface Contribution {
  feature: string
  value: number
  contribution: number
}

export interface Citation {
  item: string
  title: string
  /** Logit less the logit without this item; null where effects were not asked for. */
  effect: number | null
}

export interface Recommendation {
  rank: number
  item: string
  title: string
  score: number
  logit: number
  bias: number
  contributions: Contribution[]
  interest: string | null
  sources: CandidateSource[]
  evidence: Citation[]
  reason: string
}

export type ListKind = 'personal' | 'popular' | 'guest'

export interface RecommendAnswer {
  user: string | null
  kind: ListKind
  recommendations: Recommendation[]
}

export interface ExplainUserAnswer extends InterestsAnswer {
  kind: ListKind
  recommendations: Recommendation[]
}

export interface Counterfactual {
  /** Items of the history, and their titles. */
  remove: string[]
  titles: string[]
  rankBefore: number
  /** Place by score without them, where that is behind the list. */
  rankAfter: number | null
  /** Why the item is gone: others score higher, it is left out for variety, or nothing points to it any more. */
  after: 'outranked' | 'diversified' | 'no-candidate'
  n: number
  /** All of it in a sentence. */
  reason: string
}

/** Why a list of n does not hold an item. */
export interface WhyNot {
  cause: 'removed' | 'excluded' | 'filtered' | 'muted' | 'not-found' | 'outranked' | 'diversified'
  /** Place by score among the candidates. */
  scoreRank: number
  n: number
  /**
   * Kinds of features in which it falls behind what is listed, largest gap first: what they add to its logit, and to
   * those of the listed items on average.
   */
  lacks: { features: string[]; adds: number; listed: number }[]
  /** All of it in a sentence or two, and what in the history speaks for it. */
  reason: string
}

export interface ExplainItemAnswer {
  user: string
  item: string
  title: string
  rank: number | null
  score: number
  logit: number
  bias: number
  contributions: Contribution[]
  interest: string | null
  sources: CandidateSource[]
  evidence: Citation[]
  counterfactual: Counterfactual | null
  counterfactualReason: null | 'in-history' | 'not-listed' | 'still-listed' | 'limit'
  /** Null where the list holds it, and where the history does. */
  whyNot: WhyNot | null
  scoreRank: number | null
  reason: string
}

export interface SimilarAnswer {
  /** Best first. `by`: what is alike, only where the store has pictures or sounds; `similarity` is the cosine of that. */
  results: { item: string; title: string; similarity: number; by?: Medium }[]
}

export type EditAction =
  | { mute: true }
  | { unmute: true }
  | { boost: number }
  | { rename: string }
  | { pin: true }
  | { unpin: true }
  | { notMe: true }
  /** Other interests of the user become part of this one, which keeps its id, name and state. */
  | { merge: string[] }
  /**
   * These items of its evidence become an interest of their own; without items it falls into what
   * was merged, else in two where it was joined last. What holds most of it keeps id and name.
   */
  | { split: { items?: string[] } }
  /** Of a wish only. */
  | { remove: true }

export interface EditRecord {
  at: string | null
  interest: string
  label: string
  action: 'mute' | 'unmute' | 'boost' | 'rename' | 'pin' | 'unpin' | 'not-me' | 'merge' | 'split' | 'add' | 'remove'
  /** A boost, a name, a phrase; of a merge the ids that went into it, of a split those of the new parts, by commas. */
  value: string | number | null
  /** What was done since that speaks against it, where it is the edit of its kind that holds. */
  contrary: Contrary | null
}

export interface EditsAnswer {
  user: string
  edits: EditRecord[]
  /**
   * Of the call that merged only: what is one now, as each was before. The first keeps its id and state; the state of the
   * others ends with them.
   */
  merged?: { id: string; label: string; state: InterestState }[]
}
