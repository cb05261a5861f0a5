import type { EventColumns, MinedUser, StoredInterest } from '../columns.js'
import type { Budget, Charge } from '../privacy/budget.js'
import type { EditRecord, InterestLevel, LineageEntry } from '../types/answers.js'
import type { Interaction, Item, Modality } from '../types/items.js'
import type { Precision } from '../types/options.js'
import type { Rejection } from '../types/reports.js'
import type { KeptReply } from '../types/words.js'
import type { Bits } from '../vectors/vector-bytes.js'

/** The tower of each modality that a store encodes: its id, and the bundled name or directory that it is opened by. */
export type ChosenTowers = Partial<Record<Modality, { id: string; name: string }>>

/** Counters of a store, read in one row: what a reader compares with what it has loaded. */
export interface Stamp {
  /** Generation in use, 0: none yet. */
  generation: number
  /** Grow with every change of items, events, edits. */
  items: number
  events: number
  edits: number
  forgets: number
  /** Time of the newest event, ms. */
  newest: number | null
  /** Largest rating ever stored. */
  ratingMax: number | null
}

export interface StoredItem {
  key: number
  live: boolean
  item: Item
  /** Vectors of its picture and sound by the towers of the store, as far as they were kept with it. */
  encoded: Item['vectors']
}

/** An item on its way in. `hash` covers everything, the other two what is encoded. */
export interface ItemRow {
  line: number
  item: Item
  hash: Uint8Array
  fullHash: Uint8Array
  shortHash: Uint8Array
}

export interface EventRow {
  line: number
  event: Interaction & { type: string; at: number | null }
}

export interface StoredEdit extends Omit<EditRecord, 'contrary'> {
  seq: number
  undone: boolean
  /** The interest when the edit was made, so that it can be found again. */
  evidence: {
    level: InterestLevel
    domain: string[]
    items: string[]
    /** What was merged, the interest itself first; or what it was split into, the part that keeps its id first. */
    parts?: { id: string; items: string[]; label?: string }[]
    /** The phrase of a wish as its encoder gave it: float32, base64. */
    phrase?: { encoder: string; vector: string }
  }
}

/** What the rows of a store are for, in a person's words; what is for none of these is `other`. */
export const ROW_PARTS = [
  'items',
  'events',
  'encoder cache',
  'pictures and sounds',
  'interests of users',
  'other',
] as const

/**
 * Bytes of a store: of its rows by what they are for, indices with them; of artefacts by name, those of all generations
 * together; and of space that holds nothing and is written again before the store grows.
 */
export interface StoredSizes {
  rows: Partial<Record<(typeof ROW_PARTS)[number], number>>
  artefacts: Record<string, number>
  free: number
}

/** A change that a generation found. */
export type StoredChange = LineageEntry & { generation: number; at: string }

/** What made the vectors of the pictures or sounds of a generation. */
export interface KnownModality {
  name: Modality
  /** `caller:<dims>`, or the tower's id. */
  encoder: string
  /** What the tower is opened by; null where items bring their own vectors. */
  tower: string | null
}

export interface GenerationInfo {
  id: number
  /** ISO 8601. */
  builtAt: string
  /** ARTEFACTS_FORMAT when it was built. */
  format: number
  encoder: string
  /** Bundled name or directory; null where items bring their own vectors. */
  encoderName: string | null
  dims: number
  /** Pictures and sounds that it knows. */
  modalities: KnownModality[]
  /** What its pictures and sounds were encoded with; none where they were not. */
  towers?: ChosenTowers
  /** Checksum of the vectors that these made. */
  media?: string
  precision: Precision
  /** state.items and the last event's seq when it was built: what came later are deltas. */
  itemsChange: number
  eventsSeq: number
  items: number
  events: number
  /** A user was forgotten since: fitted parts still carry a trace. The next whole build removes it, … */
  stale: boolean
  /** … and of a trained scorer, the next training. */
  scorerStale: boolean
  /** Events in the store when training was last tried, 0 never. */
  trainedAt: number
  /** What the last training promised, if it was private; it holds over builds, whatever became of that scorer. */
  privacy?: { epsilon: number; delta: number }
  [more: string]: unknown
}

/** A private answer that was given: when, to what, and what it cost. */
export interface StoredSpending extends Charge {
  /** ISO 8601. */
  at: string
  /** What was asked, whole, with the generation that was asked: the same question has one answer. */
  question: string
}

/** A generation that can be taken into use, and the size of its artefacts. */
export interface KeptGeneration extends GenerationInfo {
  inUse: boolean
  bytes: number
}

/** A generation's artefacts: typed arrays by name, and one JSON document of the rest. */
export type Blobs = Record<string, Uint8Array>

/**
 * Where everything lives. Every method is async, so that a store on another machine can take its place. Failures carry
 * STORE_BUSY, STORE_DAMAGED or STORE_TOO_NEW.
 */
export interface Store {
  /** What messages and reports call it: of a file, its path. */
  readonly name: string
  /** Where files that lie beside it are made, without their endings (see `sidecarsOf`); null: nowhere. */
  readonly beside: string | null
  stamp(): Promise<Stamp>
  getMeta(key: string): Promise<string | null>
  setMeta(key: string, value: string): Promise<void>
  /** Counts by scanning: for reports. */
  counts(): Promise<{ items: number; users: number; events: number; bytes: number; version: number }>
  /** By reading the file: for reports. */
  sizes(): Promise<StoredSizes>
  /** Cheap: whether there is a live item, and the seq of the last event. */
  tally(): Promise<{ hasItems: boolean; lastSeq: number }>

  /** Key of each id, null where unknown or gone (`gone: true` also finds those). */
  findItems(ids: readonly string[], options?: { gone?: boolean }): Promise<(number | null)[]>
  itemsByKey(keys: readonly number[]): Promise<Map<number, Item>>
  /** Live items and those with events, by ascending key; `since`: all that changed after that stamp, gone ones too. */
  readItems(since?: number): Promise<StoredItem[]>
  /** What `readItems()` gives, at most `most` at a time. */
  itemBatches(most: number): AsyncIterable<StoredItem[]>
  /** How many items `readItems()` gives, and how many of their texts no vector is cached for. */
  countItems(encoder: string, bits: Bits): Promise<{ items: number; missing: number }>
  /** Keeps the vectors of a tower with items, in the place of what it made of them before; null: it makes nothing. */
  keepEncoded(
    modality: Modality,
    tower: string,
    vectors: readonly { key: number; vector: Float32Array | null }[],
  ): Promise<void>
  itemIds(): AsyncIterable<string>
  itemsWhere(test: (item: Item) => boolean): Promise<Int32Array>

  beginStaging(): Promise<void>
  /** Returns the lines whose id stands on an earlier row. */
  stageItems(rows: ItemRow[]): Promise<number[]>
  /** Ids that a rejected row carried: these items are not taken for gone. */
  stageKept(ids: string[]): Promise<void>
  stageEvents(rows: EventRow[]): Promise<void>
  stageRejections(rows: Rejection[]): Promise<void>
  rejections(limit?: number): Promise<Rejection[]>
  rejectionCounts(): Promise<{ reason: string; count: number }[]>
  /** All or nothing. `limit`: fails with LIMIT where more than this share of the live items would go. */
  mergeItems(options: {
    prune: boolean
    limit: number
  }): Promise<{ added: number; updated: number; unchanged: number; removed: number }>
  mergeEvents(file: string): Promise<{ added: number; duplicate: number; rejected: number; users: number }>

  cachedVectors(encoder: string, bits: Bits, hashes: readonly Uint8Array[]): Promise<(Uint8Array | null)[]>
  saveVectors(encoder: string, bits: Bits, hashes: readonly Uint8Array[], vectors: readonly Uint8Array[]): Promise<void>
  /** Rounds the vectors that an encoder's texts have as float32 to fewer bits. */
  roundVectors(encoder: string, bits: Bits): Promise<void>

  findUser(id: string): Promise<number | null>
  /** Id of each key, null where it is gone. */
  userIds(keys: readonly number[]): Promise<(string | null)[]>
  userEvents(user: number): Promise<EventColumns>
  usersSince(seq: number): Promise<Int32Array>
  /** Events up to and with this seq, users together, ascending by user and arrival; `except` leaves one user out. */
  allEvents(until: number, except?: number): AsyncIterable<EventColumns>
  /** Events of one user up to and with this seq. */
  userEventsUntil(user: number, seq: number): Promise<EventColumns>

  edits(user: number): Promise<StoredEdit[]>
  /** Users with edits in force. */
  editors(): Promise<number[]>
  addEdit(user: string, edit: Omit<StoredEdit, 'seq' | 'undone'>): Promise<void>
  undoEdit(user: number): Promise<boolean>

  /** Interests of a user, or of all users from `first` to `last`, when a generation came into use. */
  minedOf(generation: number, user: number): Promise<StoredInterest[]>
  minedBetween(generation: number, first: number, last: number): Promise<Map<number, StoredInterest[]>>
  /** What became of a user's interests up to the generation in use, oldest first; `all`: also what later ones found. */
  lineage(user: number, all?: boolean): Promise<StoredChange[]>
  /** Ids of users with events, in the order in which they came. */
  everyUser(): AsyncIterable<string>
  /** What models said of a user, oldest first. */
  replies(user: number): Promise<KeptReply[]>
  /** A reply to the very same question by the same model: the user's own, else another's; about nobody for null. */
  findReply(hash: Uint8Array, user: number | null): Promise<{ reply: KeptReply; own: boolean } | null>
  /** In the place of the user's own to the same question. False, and nothing done, where the user is gone. */
  saveReply(hash: Uint8Array, user: number | null, reply: KeptReply): Promise<boolean>

  /**
   * Writes a generation and takes it into use. `keep` are kept: this one, the one that was in use, then the newest; one
   * that it `replaces` is not. Null too where it was `basedOn` one that is no longer in use. `mined` comes with it; left
   * out, the interests stay those of the one that it is based on.
   * Null, and nothing written, where a user was forgotten since `forgets` was read: what was fitted would bring the
   * trace back.
   */
  saveGeneration(
    info: Omit<GenerationInfo, 'id'>,
    artefacts: Blobs,
    options: { keep: number; forgets: number; replaces?: number; basedOn?: number; mined?: readonly MinedUser[] },
  ): Promise<number | null>
  /** The one in use. */
  generation(): Promise<GenerationInfo | null>
  /** All that are kept, newest first. */
  generations(): Promise<KeptGeneration[]>
  /** Takes a kept generation into use; false, and nothing done, where it is not kept. */
  useGeneration(id: number): Promise<boolean>
  /** All artefacts, or those named. Fails with STORE_DAMAGED where a checksum differs. */
  loadArtefacts(id: number, names?: readonly string[]): Promise<Blobs>

  /**
   * Keeps what long work has finished under a key, in the place of what was kept before. The next generation and
   * forgetting drop it. False, and nothing done, where a user was forgotten since `forgets` was read.
   */
  saveCheckpoint(key: string, artefacts: Blobs, forgets: number): Promise<boolean>
  /** What is kept under this key; null where that is nothing, or damaged. */
  loadCheckpoint(key: string): Promise<Blobs | null>

  /** What private answers may cost together (null: not set) and those that were given, oldest first. */
  ledger(): Promise<{ budget: Budget | null; spendings: StoredSpending[] }>
  setBudget(budget: Budget): Promise<void>
  /** The answer that was given to this very question; null: none was. */
  paidAnswer(question: string): Promise<string | null>
  /**
   * Writes an answer with its cost and returns it, or the one that was given to the question before; null, and nothing
   * written, where `isAllowed` denies it. In one transaction: of two processes with money for one answer, one gets it.
   */
  spend(
    spending: StoredSpending,
    answer: string,
    isAllowed: (budget: Budget | null, spent: readonly Charge[]) => boolean,
  ): Promise<string | null>
  /**
   * The same for what is paid for each time anew and has no answer to repeat: `what`, with its place in the ledger, stands
   * for the question. False, and nothing written, where `isAllowed` denies it.
   */
  charge(
    what: object,
    cost: Omit<StoredSpending, 'question'>,
    isAllowed: (budget: Budget | null, spent: readonly Charge[]) => boolean,
  ): Promise<boolean>

  /**
   * Removes all rows of a user and, in the same transaction, puts artefacts counted without them in the place of those
   * of the generation in use and drops all others. Returns the number of events; null, and nothing done, where another
   * generation came into use meanwhile.
   */
  forget(user: number, counted: { info: GenerationInfo; artefacts: Blobs } | null): Promise<number | null>
  /** Largest rating of everybody else, null where there is none. */
  ratingMaxWithout(user: number): Promise<number | null>
  /** Drops generations that do not match their checksums (the newest is used where that in use was one), and makes the indices of the tables anew. */
  mend(): Promise<void>
  /**
   * After `forget`: writes the file anew and empties the write-ahead log, so that nothing deleted lingers in either; takes
   * as long as copying the file. Does nothing where that is done. Fails with STORE_BUSY while others use it.
   */
  compact(): Promise<void>
  /** Problems of the file itself. */
  check(): Promise<string[]>
  close(): Promise<void>
}
