/**
 * The nouns of the package. First the public shapes (what callers hand in and get back), then the columns that the
 * stages exchange. A plural type is columns, a singular type one record. A `row` is a position in the catalogue and
 * never leaves the process; an `id` is always the caller's string.
 */

// ---------------------------------------------------------------- what callers hand in

/** What an item has beside text. */
export type Modality = 'image' | 'audio'

/** One thing of the catalogue. Only `id` and some text (`title` or `text`) are needed. */
export interface Item {
  /** Any non-empty string, at most 512 characters. */
  id: string
  title: string
  text?: string
  /** One path from broad to fine, a list of paths, or tags; the catalogue as a whole decides which (DESIGN 1). */
  categories?: string[] | string[][]
  brand?: string
  /** In the shop's currency, greater than 0. */
  price?: number
  url?: string
  /**
   * A path inside the catalogue's folder, a data: URI, an http(s) address (read with `fetch` alone), or the bytes
   * themselves, which are kept beside the store.
   */
  image?: string | Uint8Array
  audio?: string | Uint8Array
  /** The caller's own vector: all items of a store have one of the same length, or none has. */
  vector?: ArrayLike<number>
  /**
   * The caller's own vectors of its picture and its sound. Each kind has one length within a store; an item may lack
   * either. One that cannot be used is left out and counted, the item stays.
   */
  vectors?: Partial<Record<Modality, ArrayLike<number>>>
  /** Milliseconds since 1970, or an ISO 8601 string. */
  publishedAt?: number | string
  /** Other scalar columns, usable in `where`. */
  attributes?: Record<string, string | number | boolean>
}

/** One thing a user did. Called `Interaction` because `Event` is a global. */
export interface Interaction {
  user: string
  item: string
  /** view, click, purchase, rating … (default "view", or "rating" where a value is given). */
  type?: string
  /** Seconds or milliseconds since 1970 (told apart by size), ISO 8601, or a Date; absent: keeps its arrival order. */
  at?: number | string | Date | null
  /** A rating. Scale 1, 5, 10 or 100, told from the largest value ever stored. */
  value?: number | null
  /** Seconds spent, 0 or more. */
  dwell?: number | null
  quantity?: number | null
}

export type WeightPreset = 'shop' | 'news' | 'social' | 'ratings'

/** How an event kind counts. `weight` > 0; `sign` +1 speaks for, -1 against; `explicit`: the user said so. */
export interface KindWeight {
  weight: number
  sign: 1 | -1
  explicit: boolean
}

/** Event kind -> how it counts. Kinds are lower case. */
export type WeightTable = Record<string, KindWeight>

/** A caller's own weights, laid over those of a shop: a bare number keeps what the kind usually means. */
export type OwnWeights = Record<string, number | (Pick<KindWeight, 'weight'> & Partial<KindWeight>)>

export type Where = string | string[]

// ---------------------------------------------------------------- what callers get back (CONTRACT.md)

export type InterestLevel = 'point' | 'emerging' | 'domain'
export type Trend = 'new' | 'growing' | 'steady' | 'fading'
export type LabelSource = 'words' | 'llm' | 'user'
export type CandidateSource = 'covisit' | 'text' | 'adapter' | 'interest' | 'wish' | 'popular' | 'exploring' | Modality
export type Language = 'en' | 'zh'
/** What an item can be likened by. */
export type Medium = 'text' | Modality
/** Why a picture or sound was not encoded. The set is closed (docs/security.md says what each means). */
export const SET_ASIDE = [
  'missing',
  'outside',
  'not-a-file',
  'too-large',
  'empty',
  'unknown-format',
  'broken',
  'too-many-pixels',
  'silent',
  'bad-reference',
  'not-fetched',
  'refused-address',
  'failed-fetch',
  'wrong-type',
  'timeout',
] as const
export type SetAside = (typeof SET_ASIDE)[number]

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

export interface Rejection {
  file: string
  /** Counted from 1; for arrays and iterables, the position. */
  line: number
  reason: string
  field: string | null
  id?: string
}

export interface ItemCounts {
  read: number
  added: number
  updated: number
  unchanged: number
  removed: number
  rejected: number
}

export interface EventCounts {
  read: number
  added: number
  duplicate: number
  rejected: number
  users: number
}

/** A column of a file and what it was taken for; `as` null: not used. */
export interface RecognisedColumn {
  column: string
  as: string | null
}

/** What was done with the pictures, or the sounds, of items. */
export interface ModalityReport {
  /** Id of the tower, and length of its vectors. */
  encoder: string
  dims: number
  /** Items that refer to one; of these, encoded now, taken from the cache, and set aside, by reason. */
  items: number
  encoded: number
  cached: number
  setAside: Partial<Record<SetAside, number>>
  /** Some of what was set aside. */
  examples: { item: string; why: SetAside }[]
}

export interface BuildReport {
  items: ItemCounts | null
  events: EventCounts | null
  /** The first 20; all of them are in `rejectedFile`. */
  rejected: Rejection[]
  rejectedByReason: Record<string, number>
  rejectedFile: string | null
  encoder: { id: string; dims: number; reason: string }
  /** Of pictures and sounds, where the store has towers for them and this run looked at them. */
  modalities?: Partial<Record<Modality, ModalityReport>>
  /** Items whose text was encoded in this run. */
  encoded: number
  seconds: { read: number; encode: number; index: number; events: number; train?: number; total: number }
  peakMB: number
  /** Distinct texts encoded in this run (item texts and phrases). */
  texts: number
  textsPerSecond: number | null
  language: Language
  columns: { items: RecognisedColumn[]; events: RecognisedColumn[] }
  /** What a person should know: unknown event kinds, clipped dwell, unknown tokens, a missing native package … */
  notes: string[]
}

/** A 95 % interval. */
export interface Range {
  low: number
  high: number
}

/** Chances as told against what happened. */
export interface CalibrationReport {
  /** Bins of equal mass from the least chance up; equal chances stand in one bin, so there may be fewer than ten. */
  rows: {
    /** Smallest and largest chance of the bin, 0..1. */
    from: number
    to: number
    /** Mean chance, and the share that came next. */
    predicted: number
    observed: number
    count: number
  }[]
  /** Mean of |predicted - observed| over the bins, weighed by their counts. */
  ece: number
  /** Mean of -ln of the chance given to what happened, and what saying the mean chance each time would cost. */
  logLoss: number
  constantLogLoss: number
}

/** What a feature adds to the logit over its value, and where the candidates of held-out users lie. */
export interface FeatureShape {
  feature: string
  /** It may speak only for (1), only against (-1), either way (0); null: set by hand. */
  direction: 1 | -1 | 0 | null
  /** The value x is read as ln(1 + x / scale); null: as it is. */
  scale: number | null
  /** By ascending value; straight between them on the scale it is read on. Empty: the scorer does not use it. */
  points: { value: number; contribution: number }[]
  /** Candidates by value; steps are equal on the scale it is read on. The outermost thousandths are left out. */
  histogram: { from: number; to: number; count: number }[]
  /** Share of candidates of which it is not known; it then adds nothing. */
  unknown: number
  /** Standard deviation of what it adds, in logits: how much it moves candidates apart. */
  spread: number
}

/** NDCG@10 where the scorer is fitted without a feature. All fits learn from the same lists and answer the same. */
export interface AblationReport {
  /** Lists learnt from by each fit, and lists answered: at most so many, drawn by the seed. */
  lists: number
  heldOut: number
  /** With all features. */
  ndcg: number
  /** Largest loss first. `lost`: `ndcg` above less NDCG@10 without the feature, its interval over users, paired. */
  without: ({ feature: string; lost: number } & Range)[]
}

/** What a training looks at beside its result. */
export interface TrainFindings {
  /**
   * Of the ten highest-scored candidates of each held-out list. Scale and offset are fitted on one half of the
   * held-out users and tried on the other, both ways, so no chance is told by what was fitted on its outcome;
   * the log loss is over all their candidates.
   */
  calibration: CalibrationReport
  /** Of the scorer in use after the training, one entry for each feature there is. */
  shapes: FeatureShape[]
  /** Null unless asked for. */
  ablation: AblationReport | null
}

/** What a training found. NDCG@10 is of users that were not learnt from: whole catalogue, by score alone. */
export interface TrainReport extends TrainFindings {
  /** The generation that the training made. */
  generation: number
  scorer: { id: string; trainedOn: number | null; calibrated: boolean }
  /** Users learnt from, and those kept aside to calibrate and compare. */
  users: number
  heldOut: number
  /** Events that were foretold in learning. */
  lists: number
  /** Share of held-out events that were among the candidates at all. */
  candidateRecall: number
  /** With 95 % bootstrap intervals over held-out users; that of `gain` (after - before) is paired. */
  ndcg: { before: number; after: number; intervals: { before: Range; after: Range; gain: Range } }
  /** Whether the new scorer was taken; if not, the one in use ranks the held-out users better. */
  installed: boolean
  /** Loss, and NDCG@10 on held-out users, after each pass of the adapter; empty where it was not trained. */
  curve: { loss: number; measure: number }[]
  /** Whether the adapter was taken from a training that was stopped before its end. */
  resumed: boolean
  /** Null where what was learnt hides nobody. */
  privacy: PrivacyReport | null
  seconds: number
}

/** What a private training promises: (epsilon, delta)-differential privacy for all that one user did (docs/privacy.md). */
export interface PrivacyReport {
  epsilon: number
  delta: number
  unit: 'user'
  /** Rounds of noisy sums that each part was learnt by; users of scorer and calibration are not the same. */
  parts: PrivacyPart[]
  /** What the promise is about, and what in the store and in this report it is not about. */
  covers: string[]
  notCovered: string[]
  /** NDCG@10 of held-out users after trainings at other epsilons (null: not private), all thrown away; null: not tried. */
  tried: TriedEpsilon[] | null
}

export interface PrivacyPart {
  part: 'adapter' | 'scorer' | 'calibration'
  /** Standard deviation of the noise, over the most that one user adds to a sum (`clip`, L2). */
  noiseMultiplier: number
  clip: number
  /** Chance of a user to take part in a round, and how many rounds there were. */
  sampleRate: number
  steps: number
  /** What it would give away alone. */
  epsilon: number
}

export interface TriedEpsilon extends Range {
  epsilon: number | null
  ndcg: number
}

/** What a training is asked to hide each user by; without `dpEpsilon` it hides nobody. */
export interface PrivacyOptions {
  /** Above 0: how much what is learnt may tell of one user, less being more private. */
  dpEpsilon?: number
  /** Chance, in effect, that it tells more: above 0, below 1 / users. Default: 1e-5 or users^-1.1, the smaller. */
  dpDelta?: number
}

export interface TrainOptions extends PrivacyOptions {
  /** Of a private training: also train at these epsilons (null: not privately), and only tell how well that does. */
  tryEpsilons?: (number | null)[]
  /**
   * An adapter of a federated training (`writeAdapterFile` of interest-mine/federate), taken in the place of one trained
   * here. It should not have learnt from the users of this store: what it saw of them, the scorer would trust too much.
   */
  adapter?: Uint8Array
  /** Also fit the scorer without each feature in turn, on a sample. */
  ablate?: boolean
  onProgress?: (progress: Progress) => void
  /** Aborting stops within a second; the scorer in use stays, and a finished adapter is kept for the next training. */
  signal?: AbortSignal
}

export interface StatusAnswer {
  items: number
  users: number
  events: number
  encoder: { id: string; dims: number; precision: Precision } | null
  index: { kind: 'hnsw' | 'cells' | 'exact'; items: number; ok: boolean }
  scorer: { id: string; trainedOn: number | null; calibrated: boolean }
  store: { bytes: number; version: number; path: string }
  /** What the store's bytes are for. */
  parts: StorePart[]
  generation: {
    id: number
    builtAt: string
    items: number
    events: number
    pendingItems: number
    pendingEvents: number
    /** A user was forgotten since; the next whole build and the next training remove what is left of the trace. */
    stale: boolean
  } | null
  language: Language
  /** Pictures and sounds: items that have one, and what encodes them. */
  modalities: { name: Modality; items: number; dims: number; encoder: string }[]
}

/** A part of a store: bytes on disk, those of all kept generations together, and in memory once answers are asked for. */
export interface StorePart {
  name: string
  disk: number
  memory: number
}

/** What was fitted from the store at one time. */
export interface Generation {
  id: number
  /** ISO 8601. */
  builtAt: string
  /** Whether answers come from it. */
  inUse: boolean
  /** Items and events it was fitted from; what came later is laid over it. */
  items: number
  events: number
  encoder: { id: string; dims: number }
  /** Null where it cannot be read. */
  scorer: { id: string; trainedOn: number | null; calibrated: boolean } | null
  bytes: number
  /** As in `status`. */
  stale: boolean
}

export interface GenerationsAnswer {
  /** Those that are kept, newest first. */
  generations: Generation[]
}

export interface DoctorAnswer {
  ok: boolean
  problems: { what: string; where: string; repaired: boolean }[]
}

/** What was found of an encoder: its towers, and whether each runs; null where its manifest cannot be read. */
export interface EncoderCheck extends DoctorAnswer {
  encoder: { id: string; joint: boolean; towers: { tower: 'text' | Modality; dims: number; ok: boolean }[] } | null
}

export interface ExportAnswer {
  user: string
  events: {
    item: string
    type: string
    at: string | null
    value: number | null
    dwell: number | null
    quantity: number | null
  }[]
  edits: (EditRecord & { undone: boolean; evidence: string[] })[]
  /** What language models said about the user, accepted or not. */
  replies: KeptReply[]
  /** As told now, edits in force. */
  interests: Interest[]
  wishes: Wish[]
  /** Interests as each kept generation found them, edits aside, with the ids of their items, oldest first. */
  mined: {
    generation: number
    builtAt: string
    interests: { id: string; level: InterestLevel; label: string; evidence: string[] }[]
  }[]
  /** What became of interests from one generation to the next, also of those that were left by going back. */
  lineage: LineageEntry[]
}

export interface ForgetAnswer {
  user: string
  forgotten: boolean
  events: number
  /**
   * With `retrain`: the generation that was fitted anew, whether a scorer was trained, and why not where one was in use
   * before; null where there is no index.
   */
  retrained?: { generation: number; trained: boolean; note: string | null } | null
}

// ---------------------------------------------------------------- options

/** One step of long work. `secondsLeft` is null until it can be told. */
export interface Progress {
  stage:
    | 'read'
    | 'events'
    | 'encode'
    | Modality
    | 'phrases'
    | 'fit'
    | 'profiles'
    | 'index'
    | 'adapter'
    | 'lists'
    | 'scorer'
    | 'questions'
    | 'baselines'
    | 'ablation'
    | 'names'
    | 'personas'
    | 'mining'
    | 'labels'
    | 'explanations'
    | 'tokens'
    | 'student'
  done: number
  total: number | null
  rate: number | null
  secondsLeft: number | null
}

export interface OpenOptions {
  /** File of the store (SQLite). */
  store: string
  /** Directory or bundled name of the encoder; default: what the store has, else chosen by the catalogue's script. */
  encoder?: string
  /** What encodes pictures and sounds, likewise; default: the towers of `encoder`, else what the store was built with. */
  imageEncoder?: string
  audioEncoder?: string
  /** Encoding threads; 0 encodes in this thread. Default: cores, at most 4. */
  workers?: number
  /** Throw NO_STORE instead of creating a file. */
  mustExist?: boolean
  /** Seed of everything random, a whole number. Default 1. */
  seed?: number
  /** The clock, for tests: milliseconds since 1970. Answers never use it. */
  clock?: () => number
}

export interface DistillOptions {
  /** Directory to make; it must not be there, or be empty. */
  out: string
  /** The teacher: a bundled encoder or the directory of one. Default: by the catalogue's language, else English. */
  encoder?: string
  /** Texts to learn from: what the encoder would read of these items, and phrases of theirs. Default: none. */
  items?: Source<Item>
  /** Numbers a vector, 8 to the teacher's. Default: as many as keep the directory under 10 MB, at most 256. */
  dims?: number
  /** Ask the teacher about all tokens (default), or only those the items use: quicker, but deaf to all other words. */
  tokens?: 'all' | 'items'
  /** Replace what lies at `out`, if that is an encoder's directory. */
  force?: boolean
  /** Seed of everything random, a whole number. Default 1. */
  seed?: number
  /** Threads; 0 works in this one. Default: cores, at most 4. */
  workers?: number
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

export interface DistillReport {
  out: string
  /** Id of the student, which ends in a checksum of its table. */
  id: string
  /** Id of the encoder it was made from. */
  teacher: string
  dims: number
  /** Tokens of the vocabulary, and those the teacher was asked about. */
  tokens: number
  asked: number
  /** Texts that were learnt from. */
  texts: number
  /** Times that all texts were gone over. */
  passes: number
  /** Mean cosine to the teacher, 0..1: of `texts` texts of items held out from a trial, and of all that were learnt from. */
  heldOut: { texts: number; cosine: number } | null
  cosine: number | null
  /** Of the whole directory. */
  bytes: number
  seconds: number
  notes: string[]
}

/** Rows from memory, or a file: `{ file }` is a path (JSONL, JSON, CSV, Parquet, .gz) or "-" for standard input. */
export type Source<T> = Iterable<T> | AsyncIterable<T> | { file: string; map?: Record<string, string> }

export interface BuildOptions {
  /** Null: leave the catalogue as it is. */
  items?: Source<Item> | null
  events?: Source<Interaction> | null
  /** Items missing from `items` leave the index. */
  prune?: boolean
  /** Allow `prune` to remove more than a fifth of the catalogue. */
  yes?: boolean
  weights?: WeightPreset | OwnWeights
  /**
   * Whether to train after the build. By default, the first time that there is behaviour enough and whenever events
   * grew by a tenth since; builds that leave the catalogue as it is never do.
   */
  train?: boolean
  /** What paths of pictures and sounds are relative to, and stay in. Default: the folder of the catalogue's file. */
  mediaFolder?: string
  /** Whether http(s) addresses of pictures and sounds are followed (docs/security.md). Default: they are not. */
  fetch?: boolean
  /** Hosts that may have a private address or another port: "media.example.lan" or "localhost:8080". */
  allowHosts?: string[]
  /**
   * How vectors and adapter are kept: int8 takes a quarter of the memory, and finds the same neighbours but for a few
   * in a thousand. Default: as the store was built, int8 at first.
   */
  precision?: Precision
  onProgress?: (progress: Progress) => void
  /** Aborting stops within a second; what was acknowledged stays. */
  signal?: AbortSignal
}

export interface ForgetOptions {
  /** Also fit everything anew now, from what is left, and train where a scorer was trained. Default: the next build does. */
  retrain?: boolean
  onProgress?: (progress: Progress) => void
  /** Aborting stops the fit within a second; the user stays forgotten. */
  signal?: AbortSignal
}

export interface RecommendOptions {
  /** 1..10,000; default 10. */
  limit?: number
  exclude?: string[]
  /** "key=value", "key!=value", "price<20", "year>=2000"; several must all hold. */
  where?: Where
  /** 0 (by score alone) .. 1 (as varied as can be); default 0.3. */
  diversity?: number
  /** What if these items were not in the history? */
  without?: string[]
  /** What if these interests were muted? */
  mute?: string[]
  /** Also compute the exact effect of each cited item (a re-run each). */
  effects?: boolean
  /** ISO 8601 or milliseconds; later events are hidden. Default: the newest event of the store. */
  now?: string | number
  /** Language of reasons; default: the catalogue's majority script. */
  language?: Language
}

export interface GuestOptions extends RecommendOptions {
  /** Items the guest has looked at. */
  items?: string[]
  /** A phrase of what the guest wants. */
  like?: string
}

/** Work over all users. */
interface CrowdOptions {
  /** 1..10,000; default 20. */
  limit?: number
  /** As in `RecommendOptions`. */
  now?: string | number
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

export interface UserBaseOptions extends CrowdOptions {
  /** An interest that fewer hold is not shown, only counted; default 5. */
  minUsers?: number
  /** Only interests of this domain. */
  domain?: string
}

/** Either `interest`, id or label of an interest of the user base, or `like`, a phrase. */
export interface AudienceOptions extends CrowdOptions {
  interest?: string
  like?: string
}

export interface SimilarOptions {
  /** 1..10,000; default 10. */
  limit?: number
  where?: Where
  /** What is to be alike; default: the text. */
  by?: Medium
}

/** What an answer with noise may cost. */
export interface PrivateOptions {
  /** 0.001..100: the smaller, the more noise. */
  epsilon: number
  /** 0 (default): Laplace noise. Up to 0.01: Gaussian noise, which adds up to less over many answers. */
  delta?: number
}

export type PrivateUserBaseOptions = PrivateOptions & Omit<UserBaseOptions, 'onProgress'>

/** `minUsers`: fewer are not told; default 5. */
export type AudienceSizeOptions = Omit<AudienceOptions, 'limit'> & Partial<PrivateOptions> & { minUsers?: number }

/** What a ranking can be asked for: there is no list, so nothing to filter or to vary. */
export interface RankOptions extends Pick<RecommendOptions, 'without' | 'mute' | 'effects' | 'now' | 'language'> {
  /** The best so many, 1..10,000; default all. */
  limit?: number
}

// ---------------------------------------------------------------- language models

/** Why a model's answer was not taken, or there was none. The set is closed (docs/llm.md says what each means). */
export const REFUSALS = [
  'timeout',
  'http',
  'failed',
  'refused',
  'truncated',
  'not-json',
  'schema',
  'unknown-id',
  'too-long',
  'unsafe',
  'forbidden',
  'script',
  'single-title',
  'prompt-words',
  'unsupported',
  'uncounted',
  'too-wide',
  'duplicate',
  'budget',
] as const
export type Refusal = (typeof REFUSALS)[number]

export interface TokenUsage {
  input: number
  output: number
}

export interface ChatRequest {
  system: string
  user: string
  /** JSON schema of the reply: an object. */
  schema: Record<string, unknown>
  /** Tokens of the reply at most. */
  maxTokens: number
  signal?: AbortSignal
}

/**
 * A language model that answers in JSON. `id` tells it from others: replies are kept under it. A failure is an
 * InterestMineError LLM_FAILED whose `details.reason` is a Refusal; `details.fatal` says that asking on is of no use.
 */
export interface ChatModel {
  id: string
  complete(request: ChatRequest): Promise<{ value: unknown; usage: TokenUsage }>
  /** Lets go of what it holds. */
  close?(): Promise<void>
}

export interface ChatOptions {
  /** Base of an OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1. */
  url: string
  model: string
  /** Sent as a bearer token; none by default. */
  key?: string
  /** Of one try, milliseconds. Default 60,000. */
  timeout?: number
  /** After the first try, where the server is busy (429), failed (5xx) or was not reached. Default 3. */
  retries?: number
  /** Questions a minute at most. Default: no limit. */
  perMinute?: number
}

export interface LocalModelOptions {
  /** A GGUF file. */
  file: string
  /** Threads; default 1. */
  threads?: number
}

/** A reply as it is kept, so that nothing is asked twice. */
export interface KeptReply {
  /** Name and version of the prompt. */
  prompt: string
  model: string
  /** Ids of the items it is about. */
  items: string[]
  /** As the schema of the prompt has it; null where none came that fits it. */
  value: unknown
  /** Null: accepted. */
  refused: Refusal | null
}

/** What asking takes and gives. */
export interface AskOptions {
  model: ChatModel
  /** Language of the reply; default: the catalogue's. */
  language?: Language
  signal?: AbortSignal
}

export interface NameOptions extends Omit<AskOptions, 'language'> {
  /** One user; default: all. */
  user?: string
  /** Users at most, in the order in which they came. */
  limit?: number
  /** Tokens at most, of questions and replies together. */
  budget?: number
  /** Count what would be asked, ask nothing. */
  dryRun?: boolean
  onProgress?: (progress: Progress) => void
}

export interface NamedInterest {
  user: string
  interest: string
  /** The name by words of the evidence. */
  label: string
  /** What the model proposed; null where no proposal came. */
  proposed: string | null
  /** Null: accepted. */
  refused: Refusal | null
}

/** What naming did. Every interest looked at was `held`, `cached`, `asked` or is `left`. */
export interface NameReport {
  model: string
  prompt: string
  dryRun: boolean
  users: number
  /** Named groups (points and pairs) of these users, less those that they renamed themselves. */
  interests: number
  /** Of these, those that bear a name by this model now. */
  named: number
  /** Bore one already that still holds. */
  held: number
  /** The reply was kept from before, accepted or refused. */
  cached: number
  asked: number
  /** Not asked: for want of budget, or in a dry run. */
  left: number
  /** Refused now, by reason. */
  refused: Partial<Record<Refusal, number>>
  /** Of the questions and replies; in a dry run, about what would be needed. */
  tokens: TokenUsage
  /** The first 1,000 that a reply was there for. */
  results: NamedInterest[]
}

/** A text by a model, or the one made in code where the model's was refused. */
export interface Worded {
  textSource: 'words' | 'llm'
  refused: Refusal | null
  /** True where the reply was kept from before. */
  cached: boolean
  tokens: TokenUsage
}

export interface ProfileDescription extends Worded {
  user: string
  /** Two sentences; each cites items of the history. */
  sentences: { text: string; evidence: string[] }[]
}

export interface EnrichedItem extends Worded {
  item: string
  text: string
}

export interface ExpandedPhrase extends Worded {
  phrase: string
  /** Related phrases, 3 to 6; none where refused. */
  phrases: string[]
}

export interface PhrasedReason extends Worded {
  user: string
  item: string
  reason: string
}

// ---------------------------------------------------------------- columns

/** n vectors of `dims` numbers, row after row. */
export interface Matrix {
  data: Float32Array
  rows: number
  dims: number
}

/** The same in a quarter of the memory: row i is scales[i] times its whole numbers, -127..127. */
export interface ByteMatrix {
  data: Int8Array
  scales: Float32Array
  rows: number
  dims: number
}

/** Vectors as they are kept, the one way or the other. */
export type Vectors = Matrix | ByteMatrix

/** How vectors are kept: as float32, or as int8 behind one scale a vector. */
export type Precision = 'float32' | 'int8'

/** Strings packed as UTF-8: string i is bytes[offsets[i]..offsets[i+1]]. */
export interface Strings {
  bytes: Uint8Array
  offsets: Uint32Array
}

/** Lists of whole numbers: list i is values[offsets[i]..offsets[i+1]]. */
export interface Lists {
  offsets: Uint32Array
  values: Int32Array
}

/** Sparse rows with values: row i has columns[offsets[i]..] ascending and values alongside. */
export interface Sparse<V extends Float32Array | Int32Array = Float32Array> {
  offsets: Uint32Array
  columns: Int32Array
  values: V
}

/** The items of a model, one entry a row. */
export interface Catalogue {
  size: number
  /** Store key of the item, ascending over the fitted rows; tail rows follow. */
  keys: Int32Array
  /** 1 where the row left the catalogue (or was replaced by a tail row). */
  removed: Uint8Array
  ids: Strings
  titles: Strings
  /** Row -> index in brandNames, -1 unknown. */
  brands: Int32Array
  brandNames: Strings
  /** Row -> indices in categoryNames, in the item's own order; for paths each is one path prefix joined by " > ". */
  categories: Lists
  categoryNames: Strings
  categoryKind: 'paths' | 'tags'
  /** NaN where unknown. */
  prices: Float32Array
  /** Expected reading time in seconds. */
  readingSeconds: Float32Array
  language: Language
}

/** Events of one user in order of time (ties and undated ones in arrival order), one entry an event. */
export interface UserEvents {
  rows: Int32Array
  /** Lower-case kind. */
  types: string[]
  /** Milliseconds, NaN where unknown. */
  at: Float64Array
  /** NaN where unknown. */
  values: Float64Array
  dwells: Float64Array
}

/** One user's distinct items, oldest first. */
export interface History {
  /** Liked (and weakly liked) items at their latest event. */
  rows: Int32Array
  /** Raw weight of each, above 0. */
  weights: Float64Array
  /** Latest and first event, ms, NaN unknown. */
  lastAt: Float64Array
  firstAt: Float64Array
  /** Events on the item. */
  events: Int32Array
  /** Positives that the user gave by saying so / by doing, and negatives likewise. */
  explicitPositive: Int32Array
  implicitPositive: Int32Array
  explicitNegative: Int32Array
  implicitNegative: Int32Array
  /** 0 where the user was of two minds (2 < rating < 4): such items are no target and make no co-visits. */
  strong: Uint8Array
  /** Items that speak against (their latest word is negative), with weights above 0. */
  dislikedRows: Int32Array
  dislikedWeights: Float64Array
  /** Latest event of each, ms, NaN unknown. */
  dislikedAt: Float64Array
  /** Every row ever touched, in order of the latest event. */
  seenRows: Int32Array
  /** All events of the user. */
  total: number
}

/** Nearest rows by inner product of unit vectors. */
export interface VectorIndex {
  kind: 'hnsw' | 'cells' | 'exact'
  size: number
  /**
   * The `k` most similar rows that `allow` lets through, best first; always k where so many exist.
   * `vector` has length `dims`.
   */
  search(
    vector: Float32Array,
    k: number,
    allow?: (row: number) => boolean,
  ): { rows: Int32Array; similarities: Float32Array }
}

/** Turns texts into unit vectors. Two encoders with the same id give the same vectors. */
export interface Encoder {
  id: string
  dims: number
  /** To encode a text is quicker than to look its vector up: those of a whole catalogue are made anew each time. */
  quick?: boolean
  /** One row a text, unit length. `kind` matters to encoders that tell questions from documents. */
  encode(texts: string[], options?: EncodeOptions): Promise<Matrix>
  close(): Promise<void>
}

/**
 * Turns pictures or sounds into unit vectors. In a joint space, words are vectors too: those of what they are true of are
 * near.
 */
export interface Tower {
  id: string
  modality: Modality
  dims: number
  joint: boolean
  /** Stands for the model's files and how their input is made: two towers with the same key give the same vectors. */
  key: string
  /** Of each file's bytes a row of `vectors`, or why there is none (the row is then zero). */
  encode(files: readonly Uint8Array[], signal?: AbortSignal): Promise<{ vectors: Matrix; why: (SetAside | null)[] }>
  /** A phrase in the same space, unit length. Fails with NO_TEXT where the towers share no space. */
  encodePhrase(phrase: string): Promise<Float32Array>
  close(): Promise<void>
}

export interface EncodeOptions {
  kind?: 'query' | 'passage'
  onProgress?: (done: number, secondsLeft: number | null) => void
  /**
   * Called with each finished part, in any order: positions of the texts and their vectors. Who takes them so gets no
   * rows in the end: a large catalogue has no room for both.
   */
  onPart?: (positions: Int32Array, vectors: Matrix) => void
  signal?: AbortSignal
}

/**
 * The space in which interests are mined: a fixed map from encoder vectors, learnt over the catalogue.
 * z = projection * unit-and-centred(x), with prior variance b and within-class variance w on each axis.
 */
export interface Space {
  /** Number of axes, at most 128. */
  dims: number
  /** Placed items, one row an item. */
  z: Matrix
  /** Between- and within-class variance of each axis. */
  between: Float64Array
  within: Float64Array
  /** What is needed to place an item that came later: means (encoder dims) and projection (dims x encoder dims). */
  firstMean: Float32Array
  secondMean: Float32Array
  projection: Matrix
  /** What its gains count beside those of the other media, at most 1; 1 where the catalogue is all text. */
  weight: number
  /** The spaces of pictures and sounds; none where the catalogue is all text. */
  parts: SpacePart[]
}

/** The space of one modality. Its z is 0 where an item has none. */
export interface SpacePart extends Omit<Space, 'parts'> {
  name: Modality
  /** 1 where the item has one. */
  has: Uint8Array
}

/** Vectors of one modality, one row an item: of unit length, 0 where the item has none. */
export interface ModalityVectors {
  name: Modality
  vectors: Matrix
  /** 1 where the item has one. */
  has: Uint8Array
}

/** One interest as mined from one history. Rows are catalogue rows, oldest first. */
export interface MinedInterest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  /** Where the label is from; left out: the evidence's words. */
  labelSource?: LabelSource
  domain: string[]
  rows: Int32Array
  /** Share of the liked history, 0..1. */
  weight: number
  /** Probability that the next positive event falls in here, 0..1. */
  confidence: number
  trend: Trend
  /** Oldest first; times in ms, NaN where unknown. `all`: items of the whole history in that period. */
  timeline: { from: number; to: number; items: number; all: number }[]
  aside: 'gift' | null
  /** Milliseconds, NaN where unknown. */
  firstAt: number
  lastAt: number
  verified: boolean
  /** The evidence row nearest to the centre. */
  medoid: number
}

/** A history, read: interests, strongest first, and the rows that belong to none. */
export interface Profile {
  interests: MinedInterest[]
  unassigned: Int32Array
}

/**
 * How strongly a history points to each item, by five routes; dense, one entry a row, items of the history not yet
 * removed. With w the item's weight over the history's mean and age 0 the newest: sum of w * .7^age * M[item].
 */
export interface Signals {
  /** M = T: raw / (row^.5 * column^.2). */
  covisit: Float32Array
  /** T of the last item only. */
  covisitLast: Float32Array
  /** M = T0: raw / (row^.5 * column^.5). */
  covisitEven: Float32Array
  /** Co-visits of text neighbours: (h S) T0. */
  textCovisit: Float32Array
  /** Text neighbours of co-visits: (h T0) S. */
  covisitText: Float32Array
  /** Co-visits of co-visits. */
  covisitTwice: Float32Array
  /** Text neighbours: M = cosine of the 50 nearest. */
  text: Float32Array
  /** Neighbours by picture and by sound, likewise; those that the catalogue has. */
  alike: { name: Modality; strengths: Float32Array }[]
  /** What brands and finest categories follow those of the last 30 items, one entry a brand or category: a mean of chances. */
  brandNext: Float32Array
  categoryNext: Float32Array
}

/** What is asked for in words: a unit vector, and the cosine from which on an item matches it. */
export interface Query {
  vector: Float32Array
  least: number
}

/** Candidates as columns. `sources` is a set of bits: 1 << position in CANDIDATE_SOURCES. */
export interface Candidates {
  rows: Int32Array
  sources: Uint16Array
}

export const CANDIDATE_SOURCES = [
  'covisit',
  'text',
  'adapter',
  'interest',
  'wish',
  'popular',
  'exploring',
  'image',
  'audio',
] as const
