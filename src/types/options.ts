import type { Language, Medium } from './answers.js'
import type { Interaction, Item, Modality, OwnWeights, WeightPreset, Where } from './items.js'

/**
 * The differential privacy of a training, for each user (docs/privacy.md). Without `dpEpsilon` the training is not
 * private.
 */
export interface PrivacyOptions {
  /** Above 0, at most 1000: how much what is learnt may reveal of any one user; the less, the more private. */
  dpEpsilon?: number
  /**
   * Bound on the chance that more is revealed than epsilon allows; above 0, below 1 / users. Default: the smaller of
   * 1e-5 and users^-1.1.
   */
  dpDelta?: number
}

/** Options of `Miner.train`. */
export interface TrainOptions extends PrivacyOptions {
  /**
   * For a private training: also train at these epsilons (null: not privately) and report how well each ranks. What
   * these trainings learn is thrown away.
   */
  tryEpsilons?: (number | null)[]
  /**
   * An adapter of a federated training (`writeAdapterFile` of interest-mine/federate), used instead of training one
   * here. It should not have been trained on the users of this store: the scorer would rely on it too much.
   */
  adapter?: Uint8Array
  /** Also fit the scorer without each feature in turn, on a sample. */
  ablate?: boolean
  onProgress?: (progress: Progress) => void
  /** Aborting stops within a second; the scorer in use stays, and a finished adapter is kept for the next training. */
  signal?: AbortSignal
}

/** One step of long work, as `onProgress` receives it. */
export interface Progress {
  /** What is being done. 'image' and 'audio': encoding pictures and sounds. */
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
  /** Units of the stage (rows, texts, users …) that are done. */
  done: number
  /** Units of the stage; null where that is not known. */
  total: number | null
  /** Units a second; null until it can be estimated. */
  rate: number | null
  /** Estimated seconds to the end of the stage; null until it can be estimated. */
  secondsLeft: number | null
}

/** Options of `openMiner`. */
export interface OpenOptions {
  /** File of the store (SQLite). */
  store: string
  /**
   * Directory or bundled name of the text encoder. Default: the one that the store was built with, else one chosen by
   * the language of the catalogue.
   */
  encoder?: string
  /**
   * Directory or bundled name of the tower that encodes pictures. Default: the tower beside `encoder`, else the one
   * that the store was built with.
   */
  imageEncoder?: string
  /** The same for sounds. */
  audioEncoder?: string
  /** Number of worker threads; 0 works in the calling thread. Default: the number of cores, at most 4. */
  workers?: number
  /** Throw NO_STORE instead of creating a file. */
  mustExist?: boolean
  /** Seed of everything random, a whole number. Default 1. */
  seed?: number
  /** The clock, for tests: milliseconds since 1970. Answers never use it. */
  clock?: () => number
}

/** Options of `distill`. */
export interface DistillOptions {
  /** Directory to make; it must not exist, or be empty. */
  out: string
  /**
   * The teacher: a bundled encoder or the directory of one. Default: chosen by the language of `items`, else English.
   */
  encoder?: string
  /**
   * Items whose texts, and phrases of these, the student learns from. Default: none; it then knows single tokens only.
   */
  items?: Source<Item>
  /**
   * Length of the student's vectors, from 8 to that of the teacher's. Default: as many as keep the directory under 10
   * MB, at most 256.
   */
  dims?: number
  /**
   * 'all' (default): encode every token of the vocabulary with the teacher. 'items': only those that the items use,
   * which is quicker, but all other words then mean nothing to the student.
   */
  tokens?: 'all' | 'items'
  /** Replace what is at `out`, if that is an encoder's directory. */
  force?: boolean
  /** Seed of everything random, a whole number. Default 1. */
  seed?: number
  /** Number of worker threads; 0 works in the calling thread. Default: the number of cores, at most 4. */
  workers?: number
  onProgress?: (progress: Progress) => void
  /** Aborting fails with INTERRUPTED; nothing is written. */
  signal?: AbortSignal
}

/**
 * Rows from memory, or a file: `file` is a path (JSONL, JSON, CSV, Parquet, .gz) or "-" for standard input. `map` says
 * what columns mean: column name -> field.
 */
export type Source<T> = Iterable<T> | AsyncIterable<T> | { file: string; map?: Record<string, string> }

/** Options of `Miner.build`, and, without `items`, `events` and `prune`, of `addItems` and `addEvents`. */
export interface BuildOptions {
  /** Null or absent: leave the catalogue as it is. */
  items?: Source<Item> | null
  /** Null or absent: add no events. */
  events?: Source<Interaction> | null
  /** Remove items from the catalogue that `items` does not hold. */
  prune?: boolean
  /** Allow `prune` to remove more than a fifth of the catalogue; without it, that fails with LIMIT. */
  yes?: boolean
  /** How kinds of events count, kept for later builds. Default: as the store was built, 'shop' at first. */
  weights?: WeightPreset | OwnWeights
  /**
   * Whether to train after the build. Default: the first time that there are enough users, and again whenever the
   * number of events has grown by a tenth since the last training. A build without `items`, `addItems` and `addEvents`
   * never train.
   */
  train?: boolean
  /**
   * What paths of pictures and sounds are relative to, and must stay in. Default: the folder of the catalogue's file.
   */
  mediaFolder?: string
  /** Whether http(s) addresses of pictures and sounds are fetched (docs/security.md). Default: false. */
  fetch?: boolean
  /** Hosts that may have a private address or another port: "media.example.lan" or "localhost:8080". */
  allowHosts?: string[]
  /**
   * How vectors and adapter are kept: int8 takes a quarter of the memory, and finds the same neighbours but for a few
   * in a thousand. Default: as the store was built, int8 at first.
   */
  precision?: Precision
  onProgress?: (progress: Progress) => void
  /** Aborting stops within a second; rows and vectors that were written stay, and the next build goes on from there. */
  signal?: AbortSignal
}

/** Options of `Miner.forget`. */
export interface ForgetOptions {
  /**
   * Also fit everything anew now, from the rows that are left, and train where a scorer was trained. Default: false;
   * the next build does it.
   */
  retrain?: boolean
  onProgress?: (progress: Progress) => void
  /** Aborting stops the fit within a second; the user stays forgotten. */
  signal?: AbortSignal
}

/** Options of a list of recommendations. */
export interface RecommendOptions {
  /** Length of the list at most, 1..10,000; default 10. */
  limit?: number
  /** Ids of items that the list must not hold. */
  exclude?: string[]
  /** Conditions on the items of the list. */
  where?: Where
  /** 0 (by score alone) .. 1 (as varied as can be); default 0.3. */
  diversity?: number
  /** Ids of items: answer as if these were not in the history. Nothing is stored. */
  without?: string[]
  /** Ids of interests: answer as if these were muted. Nothing is stored. */
  mute?: string[]
  /**
   * Also compute the exact effect of each cited item, by scoring again without it. Default: false, true in `explain`.
   */
  effects?: boolean
  /**
   * ISO 8601 or milliseconds since 1970; later events are left out. Default: the time of the newest event in the store.
   */
  now?: string | number
  /** Language of reasons and summaries; default: that of most of the catalogue's texts. */
  language?: Language
}

/** A guest, who is not in the store, with the options of the list. Needs `items` or `like`. */
export interface GuestOptions extends RecommendOptions {
  /** Ids of items that the guest has looked at. */
  items?: string[]
  /** A phrase for what the guest wants, at most 500 characters. */
  like?: string
}

/** Options of questions about all users. */
interface CrowdOptions {
  /** Length of the answer's list at most, 1..10,000; default 20. */
  limit?: number
  /** ISO 8601 or milliseconds since 1970; later events are left out. Default: none are. */
  now?: string | number
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

/** Options of `Miner.userBase`. */
export interface UserBaseOptions extends CrowdOptions {
  /** Interests that fewer users hold are only counted; default 5. */
  minUsers?: number
  /** Only interests of this domain: a name, or a path joined by " > ", whatever the case. */
  domain?: string
}

/** Options of `Miner.audience`: exactly one of `interest` and `like`. */
export interface AudienceOptions extends CrowdOptions {
  /** Id or label of an interest of the user base. */
  interest?: string
  /** A phrase, at most 500 characters. */
  like?: string
}

/** Options of `Miner.similar`. */
export interface SimilarOptions {
  /** Number of results at most, 1..10,000; default 10. */
  limit?: number
  /** Conditions on the results. */
  where?: Where
  /** The medium by which items are compared; default 'text'. */
  by?: Medium
}

/** The differential privacy of one answer with noise (docs/privacy.md). */
export interface PrivateOptions {
  /** 0.001..100: the smaller, the more noise. */
  epsilon: number
  /** 0 (default): Laplace noise. Above 0, up to 0.01: Gaussian noise, whose cost adds up to less over many answers. */
  delta?: number
}

/** Options of `Miner.privateUserBase`. */
export type PrivateUserBaseOptions = PrivateOptions & Omit<UserBaseOptions, 'onProgress'>

/**
 * Options of `Miner.audienceSize`. A number of users below `minUsers` (default 5) is not told. With `epsilon` the
 * number has noise, and costs that much of the privacy budget.
 */
export type AudienceSizeOptions = Omit<AudienceOptions, 'limit'> & Partial<PrivateOptions> & { minUsers?: number }

/** Options of `Miner.rank`. The candidates are the caller's, so there is nothing to filter or to vary. */
export interface RankOptions extends Pick<RecommendOptions, 'without' | 'mute' | 'effects' | 'now' | 'language'> {
  /** Only the best so many, 1..10,000; default all. */
  limit?: number
}

/** How vectors are kept: as float32, or as int8 with one float32 scale a vector. */
export type Precision = 'float32' | 'int8'
