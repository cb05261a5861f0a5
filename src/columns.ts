import type { InterestChange, InterestLevel, LabelSource, Language, Trend } from './types/answers.js'
import type { Modality } from './types/items.js'
import type { SetAside } from './types/reports.js'

/** Events as columns of equal length, in the order in which they arrived. */
export interface EventColumns {
  /** Store keys of the users. */
  users: Int32Array
  /** Store keys of the items. */
  items: Int32Array
  /** Lower-case kinds of the events. */
  kinds: string[]
  /** Milliseconds since 1970; NaN where unknown. */
  at: Float64Array
  /** Ratings; NaN where unknown. */
  values: Float64Array
  /** Seconds; NaN where unknown. */
  dwells: Float64Array
  /** NaN where unknown. */
  quantities: Float64Array
}

/** An interest of one user as a generation stores it. */
export interface StoredInterest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  /** Store keys of the items of its evidence, oldest first. */
  items: number[]
}

/** The interests of one user, mined for a new generation. */
export interface MinedUser {
  /** Store key of the user. */
  user: number
  interests: StoredInterest[]
  /** What became of the interests that the generation before had. */
  changes: InterestChange[]
}

/** All modalities, in the order in which they are stored and reported. */
export const MODALITIES: readonly Modality[] = ['image', 'audio']

/** A matrix of float32: `rows` rows of `dims` numbers, one row after another. */
export interface Matrix {
  data: Float32Array
  rows: number
  dims: number
}

/** A matrix in a quarter of the memory: row i is scales[i] times its whole numbers, which are -127..127. */
export interface ByteMatrix {
  data: Int8Array
  scales: Float32Array
  rows: number
  dims: number
}

/** Vectors in either precision: float32, or int8 with a scale for each row. */
export type Vectors = Matrix | ByteMatrix

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

/**
 * A sparse matrix by rows: row i has values[offsets[i]..offsets[i+1]] in the columns at the same positions of
 * `columns`, which ascend within the row.
 */
export interface Sparse<V extends Float32Array | Int32Array = Float32Array> {
  offsets: Uint32Array
  columns: Int32Array
  values: V
}

/**
 * The items of a model as columns, one entry a row. The first rows are those that the model was fitted on; rows of
 * items that came or changed since follow them (tail rows).
 */
export interface Catalogue {
  /** Number of rows. */
  size: number
  /** Store key of the item; ascending over the fitted rows. */
  keys: Int32Array
  /** 1 where the item left the catalogue, or changed and has a tail row instead; else 0. */
  removed: Uint8Array
  ids: Strings
  titles: Strings
  /** Row -> index in brandNames; -1 where the item has no brand. */
  brands: Int32Array
  brandNames: Strings
  /** Row -> indices in categoryNames, in the item's own order; for paths each is one path prefix joined by " > ". */
  categories: Lists
  categoryNames: Strings
  /** Whether the categories of the catalogue are paths from broad to fine, or tags. */
  categoryKind: 'paths' | 'tags'
  /** NaN where unknown. */
  prices: Float32Array
  /** Expected reading time of the item's text in seconds. */
  readingSeconds: Float32Array
  /** Language of most of the texts. */
  language: Language
}

/**
 * Events of one user as columns, one entry an event, in order of time. Events of equal time, and those without a time,
 * are in the order in which they arrived.
 */
export interface UserEvents {
  /** Catalogue rows of the items. */
  rows: Int32Array
  /** Lower-case kinds of the events. */
  types: string[]
  /** Milliseconds since 1970; NaN where unknown. */
  at: Float64Array
  /** Ratings; NaN where unknown. */
  values: Float64Array
  /** Seconds; NaN where unknown. */
  dwells: Float64Array
}

/**
 * The distinct items of one user (docs/interests.md, "History"). Columns up to `strong` have one entry for each liked
 * item, in order of its latest event, oldest first; those of disliked items likewise. Times are milliseconds since
 * 1970, NaN where unknown.
 */
export interface History {
  /** Catalogue rows of the liked items, weakly liked ones included. */
  rows: Int32Array
  /** Weight of each, above 0. */
  weights: Float64Array
  /** Time of the latest event on each. */
  lastAt: Float64Array
  /** Time of the first event on each. */
  firstAt: Float64Array
  /** Number of events on each. */
  events: Int32Array
  /** Number of positive events by which the user said so (explicit). */
  explicitPositive: Int32Array
  /** Number of positive events by which the user did something (implicit). */
  implicitPositive: Int32Array
  /** Number of explicit negative events. */
  explicitNegative: Int32Array
  /** Number of implicit negative events. */
  implicitNegative: Int32Array
  /**
   * 0 where the latest statement on the item is a middling rating (above 2, below 4 of 5), else 1. Items with 0 are
   * never a target of learning and make no co-visits.
   */
  strong: Uint8Array
  /** Catalogue rows of the disliked items: those whose latest statement, or else most events, are negative. */
  dislikedRows: Int32Array
  /** Weight of each, above 0. */
  dislikedWeights: Float64Array
  /** Time of the latest event on each. */
  dislikedAt: Float64Array
  /** Catalogue rows of all items that the user has any event on, in order of the latest event. */
  seenRows: Int32Array
  /** Number of events of the user, those on items that left the catalogue included. */
  total: number
}

/** Finds the nearest rows of a matrix of unit vectors by inner product. */
export interface VectorIndex {
  kind: 'hnsw' | 'cells' | 'exact'
  /** Number of rows in the index. */
  size: number
  /**
   * The `k` rows with the largest inner products with `vector`, among those that `allow` accepts, best first, with
   * these products. Fewer than k only where fewer rows are accepted.
   */
  search(
    vector: Float32Array,
    k: number,
    allow?: (row: number) => boolean,
  ): { rows: Int32Array; similarities: Float32Array }
}

/** Encodes texts as unit vectors. Two encoders with the same id give the same vectors. */
export interface Encoder {
  id: string
  /** Length of the vectors. */
  dims: number
  /**
   * Whether encoding a text is quicker than reading its vector from the store. The texts of a whole catalogue are then
   * encoded each time and not stored.
   */
  quick?: boolean
  /** Encodes texts, one row a text, each of unit length. Fails with INTERRUPTED where the signal is aborted. */
  encode(texts: string[], options?: EncodeOptions): Promise<Matrix>
  close(): Promise<void>
}

/**
 * Encodes pictures or sounds as unit vectors. Where the towers of a model share one space (`joint`), a phrase can be
 * encoded too, and is near the pictures or sounds that it describes.
 */
export interface Tower {
  id: string
  modality: Modality
  /** Length of the vectors. */
  dims: number
  joint: boolean
  /**
   * Checksum of the model's files and of how their input is made: two towers with the same key give the same vectors.
   */
  key: string
  /**
   * Encodes files, given as bytes: row i of `vectors` is that of file i. Where it could not be encoded, `why[i]` says
   * why and the row is zero; else `why[i]` is null.
   */
  encode(files: readonly Uint8Array[], signal?: AbortSignal): Promise<{ vectors: Matrix; why: (SetAside | null)[] }>
  /** Encodes a phrase as a unit vector of the same space. Fails with NO_TEXT where the tower is not `joint`. */
  encodePhrase(phrase: string): Promise<Float32Array>
  close(): Promise<void>
}

/** Options of `Encoder.encode`. */
export interface EncodeOptions {
  /** What the texts are; matters to encoders that encode queries and passages differently. Default: 'passage'. */
  kind?: 'query' | 'passage'
  onProgress?: (done: number, secondsLeft: number | null) => void
  /**
   * Called with each finished part, in any order: positions of the texts and their vectors. The matrix returned in the
   * end then has no rows, because a large catalogue has no room for both.
   */
  onPart?: (positions: Int32Array, vectors: Matrix) => void
  signal?: AbortSignal
}

/**
 * The space of interests: a linear map of encoder vectors, fitted on the catalogue (docs/interests.md, "The space").
 * With x an encoder vector, y = unit(unit(x - firstMean) - secondMean) and z = projection * y. On each axis, items of
 * one kind scatter around its centre with the variance `within`, and centres around 0 with the variance `between`.
 */
export interface Space {
  /** Number of axes, at most 128. */
  dims: number
  /** The catalogue's items in the space, one row an item. */
  z: Matrix
  /** Variance between kinds of things, one entry an axis. */
  between: Float64Array
  /** Variance within one kind of things, one entry an axis. */
  within: Float64Array
  /** Mean of the encoder vectors; of the encoder's length. */
  firstMean: Float32Array
  /** Mean of the unit vectors after smoothing over co-visits; of the encoder's length. */
  secondMean: Float32Array
  /** `dims` x the encoder's length. */
  projection: Matrix
  /** Factor of its gains beside those of the other media, at most 1; 1 where the catalogue has only texts. */
  weight: number
  /** The spaces of pictures and sounds; empty where the catalogue has only texts. */
  parts: SpacePart[]
}

/** The space of one modality. Rows of `z` are 0 where an item lacks it. */
export interface SpacePart extends Omit<Space, 'parts'> {
  name: Modality
  /** 1 where the item has a picture (or sound), else 0; one entry a catalogue row. */
  has: Uint8Array
}

/** Vectors of one modality, one row a catalogue row: of unit length, 0 where the item lacks it. */
export interface ModalityVectors {
  name: Modality
  vectors: Matrix
  /** 1 where the item has a vector, else 0. */
  has: Uint8Array
}

/** One interest as mined from one history. */
export interface MinedInterest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  /** What made the label; default: 'words'. */
  labelSource?: LabelSource
  domain: string[]
  /** Catalogue rows of the evidence, oldest first. */
  rows: Int32Array
  /** Share of the liked history, 0..1. */
  weight: number
  /** Probability that the next positive event falls in here, 0..1. */
  confidence: number
  trend: Trend
  /**
   * Equal periods of the whole history, oldest first; times in milliseconds, NaN where unknown. `items`: items of the
   * interest in the period; `all`: items of the whole history in it.
   */
  timeline: { from: number; to: number; items: number; all: number }[]
  /** 'gift': taken within days, long ago, and nothing else of the history is of this kind. */
  aside: 'gift' | null
  /** Time of the first event on its items, in milliseconds; NaN where unknown. */
  firstAt: number
  /** Time of the latest event on its items, likewise. */
  lastAt: number
  /** Whether there is enough positive evidence and little negative. */
  verified: boolean
  /** Catalogue row of the evidence item nearest to the centre. */
  medoid: number
}

/** The interests mined from one history. */
export interface Profile {
  /** Strongest first. */
  interests: MinedInterest[]
  /** Catalogue rows of the liked items that are in no interest. */
  unassigned: Int32Array
}

/**
 * How strongly one history points to each item by several routes (docs/scoring.md, "Features"). Each has one entry a
 * catalogue row, items of the history included. They are products of a row vector h with matrices over the catalogue: h
 * has w * .7^age at each recent item of the history, with w its weight over the history's mean and age 0 for the
 * newest. T and T0 are damped co-visits, raw / (row^.5 * column^.2) and raw / (row^.5 * column^.5) with `raw` the count
 * and `row` and `column` its sums; S leads to the nearest items by text, with rows that sum to 1.
 */
export interface Signals {
  /** h T. */
  covisit: Float32Array
  /** The row of T of the newest item alone. */
  covisitLast: Float32Array
  /** h T0. */
  covisitEven: Float32Array
  /** Co-visits of text neighbours: (h S) T0. */
  textCovisit: Float32Array
  /** Text neighbours of the strongest co-visits: (h T0) S. */
  covisitText: Float32Array
  /** Co-visits of the strongest co-visits: (h T0) T0. */
  covisitTwice: Float32Array
  /** h times the cosines with the 50 nearest items by text. */
  text: Float32Array
  /** The same by picture and by sound, as far as the catalogue has these. */
  alike: { name: Modality; strengths: Float32Array }[]
  /** Chance that each brand comes next after those of the last 30 items; one entry a brand. */
  brandNext: Float32Array
  /** The same of finest categories; one entry a category. */
  categoryNext: Float32Array
}

/** A phrase as a query: its unit vector, and the least cosine at which an item matches it. */
export interface Query {
  vector: Float32Array
  least: number
}

/** Candidates for one list. */
export interface Candidates {
  /** Catalogue rows, ascending. */
  rows: Int32Array
  /** The sources of each, as a set of bits: 1 << position in CANDIDATE_SOURCES. */
  sources: Uint16Array
}

/** All values of CandidateSource. The order is fixed, since positions are bits of `Candidates.sources`. */
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

/**
 * What an event says of its item: for it or against it, by a statement such as a rating (explicit) or by an action such
 * as a purchase (implicit); 'weak' where it says little.
 */
export type Polarity = 'explicit-positive' | 'implicit-positive' | 'explicit-negative' | 'implicit-negative' | 'weak'

/** Separates the names of a category path in `Catalogue.categoryNames`. */
export const PATH_SEPARATOR = ' > '
