import type { InterestChange, InterestLevel, LabelSource, Language, Trend } from './types/answers.js'
import type { Modality } from './types/items.js'
import type { SetAside } from './types/reports.js'

/** Events as columns, in arrival order. */
export interface EventColumns {
  users: Int32Array
  items: Int32Array
  kinds: string[]
  /** NaN where unknown, in all four. */
  at: Float64Array
  values: Float64Array
  dwells: Float64Array
  quantities: Float64Array
}

/** An interest as it stood when a generation came into use. */
export interface StoredInterest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  /** Keys of its evidence, oldest first. */
  items: number[]
}

/** What was mined of a user for a generation, and what became of the interests of the one before. */
export interface MinedUser {
  user: number
  interests: StoredInterest[]
  changes: InterestChange[]
}

/** All there are, in the order in which they are kept and told. */
export const MODALITIES: readonly Modality[] = ['image', 'audio']
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
