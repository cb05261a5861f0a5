import type { Language, Medium } from './answers.js'
import type { Interaction, Item, Modality, OwnWeights, WeightPreset, Where } from './items.js'

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

/** How vectors are kept: as float32, or as int8 behind one scale a vector. */
export type Precision = 'float32' | 'int8'
