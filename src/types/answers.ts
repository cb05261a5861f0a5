import type { Modality } from './items.js'

/**
 * How fine an interest is. 'point': a named group of three items or more; 'emerging': a named pair; 'domain': items of
 * one part of the catalogue that share no finer name (docs/interests.md).
 */
export type InterestLevel = 'point' | 'emerging' | 'domain'

/**
 * How an interest moves. 'new': it began lately; 'growing' and 'fading': its share of recent activity is clearly larger
 * or smaller than its share of all, or it has been silent for long; 'steady': none of these.
 */
export type Trend = 'new' | 'growing' | 'steady' | 'fading'

/** What made a label: the words of the evidence, a language model, or the user. */
export type LabelSource = 'words' | 'llm' | 'user'

/**
 * What proposed an item as a candidate: co-visits, neighbours by text, the adapter, the centre of an interest, a phrase
 * (a user's wish or a guest's `like`), or neighbours by picture or sound. 'popular' and 'exploring' fill a list that is
 * too short: items that some user has, then items that nobody has.
 */
export type CandidateSource = 'covisit' | 'text' | 'adapter' | 'interest' | 'wish' | 'popular' | 'exploring' | Modality

/** Language of texts: English, or Chinese. */
export type Language = 'en' | 'zh'

/** What two items can be compared by: their texts, pictures or sounds. */
export type Medium = 'text' | Modality

/** One item of an interest's evidence. */
export interface InterestEvidence {
  /** Id of the item. */
  item: string
  title: string
  /** Share of the weight of all liked items of the user, 0..1. */
  weight: number
  /** Number of events of the user on this item. */
  events: number
  /** Time of the latest of them, ISO 8601; null where unknown. */
  lastSeen: string | null
  /** The medium that ties it to the rest of the evidence most; only where the store has pictures or sounds. */
  by?: Medium
}

/** What the user's edits set for an interest or a wish. */
export interface InterestState {
  /** Nothing of it is recommended. */
  muted: boolean
  /** Factor of its weight, 0.1..10; 1 without an edit. */
  boost: number
  /** It has a place in every list. */
  pinned: boolean
}

/** An interest mined from one user's history, after the user's edits. */
export interface Interest {
  /** Kept over rebuilds as long as the interest continues. */
  id: string
  level: InterestLevel
  /** The name: `head` and `modifiers` in a readable order. */
  label: string
  /** The part of the name that says what the things are. */
  head: string
  /** The other parts of the name, which say what the things are like. */
  modifiers: string[]
  labelSource: LabelSource
  /** Where it lies in the catalogue, from broad to fine. */
  domain: string[]
  /** Share of the liked history, 0..1: the sum over `evidence`. */
  weight: number
  /** Probability that the next positive event falls in this interest, 0..1. */
  confidence: number
  trend: Trend
  /**
   * Equal periods, at most six, from the user's first event to now, oldest first. `items`: items of this interest whose
   * latest event is in the period; `share` (0..1): their part of all items of that period. Times are ISO 8601, null
   * where they are unknown.
   */
  timeline: { from: string | null; to: string | null; items: number; share: number }[]
  /**
   * 'gift': all items were taken within days, long ago, and nothing else of the user is of this kind, so it may have
   * been for somebody else. Else null.
   */
  aside: 'gift' | null
  /** Times of the first and the latest event on its items, ISO 8601; null where unknown. */
  firstSeen: string | null
  lastSeen: string | null
  /**
   * Whether there is enough positive evidence and little negative: at least 3 implicit positive events, or 2 explicit
   * ones, or 1 explicit and 2 implicit; at most 3 implicit and 2 explicit negative ones.
   */
  verified: boolean
  /** Id of the item at its centre. */
  medoid: string
  /**
   * Share of each medium in what holds the evidence together, summing to 1; only where the store has pictures or
   * sounds.
   */
  spokenBy?: Partial<Record<Medium, number>>
  /** Largest weight first. */
  evidence: InterestEvidence[]
  state: InterestState
  /** What the user did after an edit of it that speaks against that edit; null where there is nothing. */
  contrary: Contrary | null
}

/** An interest that the user added by a phrase. It has no evidence and no weight, but candidates of its own. */
export interface Wish {
  id: string
  /** The phrase, or what the user renamed it to. */
  label: string
  labelSource: 'user'
  phrase: string
  /** ISO 8601; null where unknown. */
  addedAt: string | null
  /** A muted wish matches no item. */
  state: InterestState
  contrary: Contrary | null
}

/**
 * What a user did after an edit that speaks against it. Only reported: it changes nothing. `kind` says what:
 *
 * - 'liked': items of an interest that was muted, disowned ("not me") or boosted below 1;
 * - 'disliked': items of an interest that was boosted above 1;
 * - 'silent': five other items or more were liked, and none of an interest that was boosted above 1;
 * - 'carried': items that match a wish were liked, so an interest holds them now.
 */
export interface Contrary {
  kind: 'liked' | 'disliked' | 'silent' | 'carried'
  /** Number of distinct items. */
  items: number
  /** Time of the edit, ISO 8601. */
  since: string
  /** Time of the latest event on these items, ISO 8601; null where there is none. */
  lastSeen: string | null
  /**
   * Id of the interest that holds most of what a wish asks for; null for other kinds, and where no interest holds any.
   */
  interest: string | null
}

/** One user's interests. */
export interface InterestsAnswer {
  user: string
  /** Number of the user's events up to the time asked about. */
  events: number
  /** The profile in a few sentences; empty where nothing is liked. */
  summary: string
  /** Strongest first. */
  interests: Interest[]
  /** Newest first. */
  wishes: Wish[]
  /** Liked items that are in no interest; `weight` as in InterestEvidence. */
  unassigned: { item: string; title: string; weight: number }[]
  /** Interests that the user disowned ("not me"). Their items are in none of the above. */
  disowned: InterestName[]
}

/** An interest by id and label. */
export interface InterestName {
  id: string
  label: string
}

/**
 * What became of interests from one generation to the next: `before` and `after` are the interests concerned. A 'new'
 * interest has none before, one that is gone ('fade') none after.
 */
export interface InterestChange {
  what: 'new' | 'split' | 'merge' | 'rename' | 'fade'
  before: InterestName[]
  after: InterestName[]
}

/** A change with the generation that found it. Both fields are null for changes since the generation in use. */
export interface LineageEntry extends InterestChange {
  generation: number | null
  /** When the generation was built, ISO 8601. */
  at: string | null
}

/** What became of one user's interests over time. */
export interface LineageAnswer {
  user: string
  /** Oldest first. */
  lineage: LineageEntry[]
}

/** How much the holders of an interest like of it lately, compared with before. */
export interface Growth {
  /** Items of the interest that holders liked since `recentSince` of the answer, and before; counted once a holder. */
  recent: number
  earlier: number
  /** Its share of all recent likes, divided by its share of all earlier ones; above 1, it grows. */
  ratio: number
}

/** An interest of the user base: a topic of the catalogue, with the users who hold a fine interest in it. */
export interface SharedInterest {
  /** Id of the topic, kept over rebuilds. */
  id: string
  label: string
  /** Where it lies in the catalogue, from broad to fine. */
  domain: string[]
  /** Number of distinct holders. */
  users: number
  /** Share of the holders in all users who like anything, 0..1. */
  share: number
  /**
   * Sum of the holders' weights divided by the number of users who like anything: its part of all that is liked, 0..1.
   */
  weight: number
  /**
   * 'growing' (or 'new', where nothing of it was liked earlier) and 'fading' only where chance would not do it (one
   * case in twenty, either way).
   */
  trend: Trend
  /**
   * Null where times are unknown, and where its recent or its earlier likes are of some users, but fewer than
   * `minUsers`.
   */
  growth: Growth | null
  /**
   * At most three: first the items that most holders have, as far as at least `minUsers` holders have them; then those
   * nearest to the centre of the topic.
   */
  items: { item: string; title: string }[]
}

/** The interests of the user base. */
export interface UserBaseAnswer {
  /** Users who like anything. */
  users: number
  /** An interest that fewer users hold is only counted. */
  minUsers: number
  /** Where the latest quarter of all likes begins, ISO 8601; null where times are unknown. */
  recentSince: string | null
  /** Number of interests that at least `minUsers` users hold. */
  total: number
  /** Those of them with most holders, most first. */
  interests: SharedInterest[]
  /**
   * Number of interests that fewer users hold, and number of distinct holders of these together. `users` is null where
   * the holders are fewer than `minUsers` too, and in an answer about one domain.
   */
  withheld: { interests: number; users: number | null }
}

/** A user who holds the interest that was asked for, or interests that are like the phrase. */
export interface AudienceMember {
  user: string
  /** Share of the user's liked history that all these interests have together, 0..1. */
  weight: number
  /** Probability that the user's next positive event falls in one of them, 0..1. */
  confidence: number
  /** The interests that fit. */
  interests: InterestName[]
  /** Items of these interests, latest first; `lastSeen` is ISO 8601, null where unknown. */
  evidence: { item: string; title: string; lastSeen: string | null }[]
}

/** The users who hold an interest, or what is like a phrase. */
export interface AudienceAnswer {
  /** The interest of the user base that was asked for; null where a phrase was. */
  interest: (InterestName & { domain: string[] }) | null
  /** The phrase that was asked for; null where an interest was. */
  like: string | null
  /** Number of users who hold it. */
  total: number
  /** At most `limit`, by falling confidence, then falling weight, then in the order in which they came. */
  users: AudienceMember[]
}

/** How a count was made differentially private, and what is left of the budget. */
export interface PrivacyTerms {
  epsilon: number
  /** 0 for Laplace noise. */
  delta: number
  mechanism: 'discrete-laplace' | 'discrete-gaussian'
  /** Laplace: the probability of noise x falls as exp(-|x| / scale). Gaussian: its standard deviation. */
  scale: number
  /** Number of counts that one user can change, each by 1. */
  bound: number
  /** Epsilon that is left of the store's budget, at the budget's delta. */
  left: number
}

/**
 * Interests of the user base with noise: topics made from the catalogue's texts alone, and how many users like two
 * items or more of each.
 */
export interface PrivateUserBaseAnswer {
  /** Topics with a lower noisy count are not listed, because few counts that noise alone makes reach it. */
  leastUsers: number
  /** Number of topics that reach it. */
  total: number
  /**
   * Those of them with most users. `users` is a count with noise; `items` are the most typical of the topic by text.
   */
  interests: Pick<SharedInterest, 'id' | 'label' | 'domain' | 'users' | 'items'>[]
  privacy: PrivacyTerms
}

/** How many users hold an interest, or what is like a phrase, and nothing of who they are. */
export interface AudienceSize extends Pick<AudienceAnswer, 'interest' | 'like'> {
  /** Null where fewer than `minUsers` do. A count with noise where epsilon was given. */
  total: number | null
  minUsers: number
  /** Null where the count is exact. */
  privacy: PrivacyTerms | null
}

/** The privacy budget of a store, and what counts with noise and private trainings have cost of it. */
export interface PrivacyLedger {
  /** Null where none was set: no question is answered with noise then, and trainings are only recorded. */
  budget: { epsilon: number; delta: number } | null
  /**
   * Epsilon of all answers and trainings together, at the budget's delta. Null where the deltas of trainings exceed
   * that of the budget: then nothing is left.
   */
  spent: number | null
  /** Epsilon that is left. */
  left: number
  /**
   * Answers with noise and private trainings, oldest first. `at`: ISO 8601; `question`: the request as JSON. `rho`: the
   * zero-concentrated differential privacy (Bun and Steinke 2016) of Gaussian noise, null for anything else.
   */
  spendings: { at: string; question: string; epsilon: number; delta: number; rho: number | null }[]
}

/** What one feature adds to a logit (docs/scoring.md lists the features). */
export interface Contribution {
  feature: string
  /** Value of the feature, in its own unit. */
  value: number
  /** What it adds to the logit. */
  contribution: number
}

/** An item of the history that a recommendation rests on. */
export interface Citation {
  item: string
  title: string
  /** The logit minus the logit without this item in the history; null where effects were not asked for. */
  effect: number | null
}

/** One item of a list, with its score and what the score is made of. */
export interface Recommendation {
  /** Place in the list, from 1. */
  rank: number
  item: string
  title: string
  /** 1 / (1 + exp(-logit)), 0..1. */
  score: number
  /** `bias` plus the sum of the contributions. */
  logit: number
  bias: number
  /** Features that add nothing are left out. */
  contributions: Contribution[]
  /** Id of the interest or wish that the item belongs to; null where none. */
  interest: string | null
  sources: CandidateSource[]
  /** At most three items of the history that the recommendation rests on, strongest first. */
  evidence: Citation[]
  /** Why, in a sentence. */
  reason: string
}

/**
 * 'personal': the list rests on a user's history or wishes; 'popular': on neither; 'guest': it was made for a guest.
 */
export type ListKind = 'personal' | 'popular' | 'guest'

/** A list of recommendations, best first. */
export interface RecommendAnswer {
  /** Null for a guest. */
  user: string | null
  kind: ListKind
  recommendations: Recommendation[]
}

/** A user's interests and list in one answer. */
export interface ExplainUserAnswer extends InterestsAnswer {
  kind: ListKind
  recommendations: Recommendation[]
}

/**
 * A set of history items without which a list of `n` does not hold an item; putting any one of them back would bring
 * the item back.
 */
export interface Counterfactual {
  /** Ids of these history items. */
  remove: string[]
  /** Their titles, in the same order. */
  titles: string[]
  /** Place of the item in the list as it is, from 1. */
  rankBefore: number
  /** Place of the item by score without them; null where that is still within the first `n`, or it is no candidate. */
  rankAfter: number | null
  /**
   * Why the item is not listed without them: n others score higher ('outranked'), it is left out for variety
   * ('diversified'), or nothing makes it a candidate any more ('no-candidate').
   */
  after: 'outranked' | 'diversified' | 'no-candidate'
  /** Length of the list. */
  n: number
  /** All of it in a sentence. */
  reason: string
}

/** Why a list does not hold an item. */
export interface WhyNot {
  /**
   * 'removed': the item has left the catalogue; 'excluded': `exclude` names it; 'filtered': `where` does not let it
   * through; 'muted': it belongs to an interest that is muted or disowned; 'not-found': it is no candidate;
   * 'outranked': all listed items score higher; 'diversified': it is left out for variety.
   */
  cause: 'removed' | 'excluded' | 'filtered' | 'muted' | 'not-found' | 'outranked' | 'diversified'
  /** Place by score among the candidates, from 1. */
  scoreRank: number
  /** Length of the list. */
  n: number
  /**
   * Groups of features in which it falls behind the listed items, largest difference first. `adds`: what they add to
   * the item's logit; `listed`: what they add to those of the listed items, on average.
   */
  lacks: { features: string[]; adds: number; listed: number }[]
  /** All of it in a sentence or two, with what in the history speaks for it. */
  reason: string
}

/**
 * Why one item has the place that it has in a user's list, or none. Fields that `Recommendation` has too mean the same.
 */
export interface ExplainItemAnswer {
  user: string
  item: string
  title: string
  /** Place in the list, from 1; null where the list does not hold it. */
  rank: number | null
  score: number
  logit: number
  bias: number
  contributions: Contribution[]
  interest: string | null
  sources: CandidateSource[]
  evidence: Citation[]
  /** Null where none was looked for or found; `counterfactualReason` then says why. */
  counterfactual: Counterfactual | null
  /**
   * 'in-history': the user has the item already; 'not-listed': the list does not hold it; 'still-listed': it is listed
   * without the whole history too; 'limit': the search reached its limit. Null where there is a counterfactual.
   */
  counterfactualReason: null | 'in-history' | 'not-listed' | 'still-listed' | 'limit'
  /** Null where the list holds the item, and where the history does. */
  whyNot: WhyNot | null
  /** Place by score among the candidates, from 1; null where the history holds the item. */
  scoreRank: number | null
  reason: string
}

/** The items most similar to an item, or to a phrase. */
export interface SimilarAnswer {
  /**
   * Most similar first. `similarity` is a cosine, -1..1, of the vectors of the medium `by`; `by` is given only where
   * the store has pictures or sounds.
   */
  results: { item: string; title: string; similarity: number; by?: Medium }[]
}

/** A change of one interest or wish; docs/editing.md says what each does. */
export type EditAction =
  | { mute: true }
  | { unmute: true }
  /** Factor of its weight, 0.1..10. */
  | { boost: number }
  /** The new name. */
  | { rename: string }
  | { pin: true }
  | { unpin: true }
  /** The interest is not the user's: its items are left out of the history. */
  | { notMe: true }
  /** Ids of other interests of the user, which become part of this one. It keeps its id, name and state. */
  | { merge: string[] }
  /**
   * These items of its evidence become an interest of their own. Without items, a merged interest is divided into what
   * was merged, any other into the two groups that were joined last. The part that holds most of it keeps id and name.
   */
  | { split: { items?: string[] } }
  /** Takes a wish away; for wishes only. */
  | { remove: true }

/** One edit of a user, as it was made. */
export interface EditRecord {
  /** ISO 8601; null where unknown. */
  at: string | null
  /** Id of the interest or wish. */
  interest: string
  /** Its label when the edit was made. */
  label: string
  action: 'mute' | 'unmute' | 'boost' | 'rename' | 'pin' | 'unpin' | 'not-me' | 'merge' | 'split' | 'add' | 'remove'
  /**
   * The factor of a boost, the name of a rename, the phrase of a wish; for a merge the ids that were merged into the
   * interest, for a split the ids of the new parts, separated by commas. Null for other actions.
   */
  value: string | number | null
  /** What the user did since that speaks against it. Only where this is the edit in force of its kind, else null. */
  contrary: Contrary | null
}

/** A user's edits in force. */
export interface EditsAnswer {
  user: string
  /** Oldest first. */
  edits: EditRecord[]
  /**
   * Only in the answer to a merge: the merged interests as each was before. The first keeps its id and state; the
   * states of the others end with them.
   */
  merged?: { id: string; label: string; state: InterestState }[]
}
