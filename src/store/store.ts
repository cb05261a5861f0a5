import type { EventColumns, MinedUser, StoredInterest } from '../columns.js'
import type { Budget, PrivacyCost } from '../privacy/budget.js'
import type { EditRecord, InterestLevel, LineageEntry } from '../types/answers.js'
import type { Interaction, Item, Modality } from '../types/items.js'
import type { Precision } from '../types/options.js'
import type { Rejection } from '../types/reports.js'
import type { KeptReply } from '../types/words.js'
import type { Bits } from '../vectors/vector-bytes.js'

/**
 * The tower that a store encodes each modality with: the id of its model, and the bundled name or directory of that.
 */
export type ChosenTowers = Partial<Record<Modality, { id: string; name: string }>>

/**
 * Counters of a store, read as one row. A reader compares them with those it loaded to see whether anything changed.
 */
export interface Stamp {
  /** Id of the generation in use; 0 before the first. */
  generation: number
  /** Grows with every change of items. */
  items: number
  /** Grows with every change of events. */
  events: number
  /** Grows with every change of edits and of replies by language models. */
  edits: number
  /** Grows with every user that is forgotten. */
  forgets: number
  /** Time of the newest event, milliseconds since 1970; null where no event has a time. */
  newest: number | null
  /** Largest rating stored; null where there is none. */
  ratingMax: number | null
}

/** An item as the store has it. */
export interface StoredItem {
  key: number
  /** False where the item left the catalogue and is kept for the events on it. */
  live: boolean
  item: Item
  /** Vectors that the store's towers made of its picture and sound, as far as they are kept with the item. */
  encoded: Item['vectors']
}

/** An item to be staged. */
export interface ItemRow {
  /** Line of the file, or position, from 1. */
  line: number
  item: Item
  /** Hash of the whole item (`hashItem`). */
  hash: Uint8Array
  /** Hash of its full text, under which the text's vector is cached. */
  fullHash: Uint8Array
  /** Hash of its short text, likewise. */
  shortHash: Uint8Array
}

/** An event to be staged; `at` in milliseconds since 1970, null where unknown. */
export interface EventRow {
  /** Line of the file, or position, from 1. */
  line: number
  event: Interaction & { type: string; at: number | null }
}

/** An edit of a user as the store has it. */
export interface StoredEdit extends Omit<EditRecord, 'contrary'> {
  /** Grows from one edit to the next. */
  seq: number
  /** Whether the user took it back. */
  undone: boolean
  /** The interest as it was when the edit was made, by which it is found again after a rebuild. */
  evidence: {
    level: InterestLevel
    domain: string[]
    /** Ids of its items. */
    items: string[]
    /**
     * For a merge: the interests that were merged, the edited one first. For a split: the parts, the one that keeps the
     * id first.
     */
    parts?: { id: string; items: string[]; label?: string }[]
    /** For a wish: the id of the encoder and its vector of the phrase, float32 as base64. */
    phrase?: { encoder: string; vector: string }
  }
}

/** What the rows of a store are used for, as reports call it; 'other' is everything else. */
export const ROW_PARTS = [
  'items',
  'events',
  'encoder cache',
  'pictures and sounds',
  'interests of users',
  'other',
] as const

/** How many bytes of a store are used for what. */
export interface StoredSizes {
  /** Bytes of the rows, with their indices, by purpose. */
  rows: Partial<Record<(typeof ROW_PARTS)[number], number>>
  /** Bytes of the artefacts of all generations, by the artefact's name. */
  artefacts: Record<string, number>
  /** Bytes of space that holds nothing and is used again before the store grows. */
  free: number
}

/** A change of a user's interests that a generation found. */
export type StoredChange = LineageEntry & { generation: number; at: string }

/** What made the vectors of one modality in a generation. */
export interface KnownModality {
  name: Modality
  /** `caller:<dims>` where items bring their own vectors, else the id of the tower. */
  encoder: string
  /** Bundled name or directory of the tower; null where items bring their own vectors. */
  tower: string | null
}

/** What a generation was built from and with. */
export interface GenerationInfo {
  id: number
  /** ISO 8601. */
  builtAt: string
  /** ARTEFACTS_FORMAT of the version that built it. */
  format: number
  /** Id of the text encoder; `caller:<dims>` where items bring their own vectors. */
  encoder: string
  /** Bundled name or directory of the encoder; null where items bring their own vectors. */
  encoderName: string | null
  /** Length of the vectors. */
  dims: number
  /** The modalities that it has vectors of. */
  modalities: KnownModality[]
  /** The towers that pictures and sounds were encoded with; absent where they were not encoded. */
  towers?: ChosenTowers
  /** Hash of the vectors that these towers made (`hashVectors`). */
  media?: string
  precision: Precision
  /** `Stamp.items` when it was built: items that changed since are not in it. */
  itemsChange: number
  /** Number (seq) of the last event when it was built: later events are not in it. */
  eventsSeq: number
  /** Number of items that it was built from. */
  items: number
  /** Number of events that it was built from. */
  events: number
  /** A user was forgotten since, so what was fitted still depends on them. The next whole build replaces it. */
  stale: boolean
  /** The trained scorer depends on a user who was forgotten. The next training replaces it. */
  scorerStale: boolean
  /** Number of events in the store when training was last tried; 0: never. */
  trainedAt: number
  /**
   * Guarantee of the last training, if that was private. Kept over builds, also where that scorer is no longer used.
   */
  privacy?: { epsilon: number; delta: number }
  [more: string]: unknown
}

/** An answer with noise, or a private training, in the ledger, with its cost. */
export interface StoredSpending extends PrivacyCost {
  /** ISO 8601. */
  at: string
  /** The whole request as JSON, with the id of the generation: the same question always has the same answer. */
  question: string
}

/** A generation that can be taken into use. */
export interface KeptGeneration extends GenerationInfo {
  inUse: boolean
  /** Size of its artefacts. */
  bytes: number
}

/** Artefacts by name: the typed arrays of a fitted model as bytes, and one JSON document of everything else. */
export type Blobs = Record<string, Uint8Array>

/**
 * Stores items, events, edits and generations. Items, users and events are referred to by whole numbers: items and
 * users by keys, events by their `seq`, which grows in the order of arrival. All methods are asynchronous, so that a
 * store on another machine is possible. Failures are InterestMineError with STORE_BUSY, STORE_DAMAGED or STORE_TOO_NEW.
 */
export interface Store {
  /** Name in messages and reports: the path of a file. */
  readonly name: string
  /** Path of the files beside the store, without their endings (see `sidecarsOf`); null: there are none. */
  readonly beside: string | null
  /** The counters of the store. */
  stamp(): Promise<Stamp>
  /** The value of a named setting; null where it was never set. */
  getMeta(key: string): Promise<string | null>
  setMeta(key: string, value: string): Promise<void>
  /**
   * Numbers of items, of users with events and of events, bytes of the store, version of its tables. Scans the tables.
   */
  counts(): Promise<{ items: number; users: number; events: number; bytes: number; version: number }>
  /** How many bytes are used for what. Reads the whole file. */
  sizes(): Promise<StoredSizes>
  /** Whether there is a live item, and the seq of the last event (0: none). Quick. */
  tally(): Promise<{ hasItems: boolean; lastSeq: number }>

  /** Key of each item id; null where unknown or gone from the catalogue (`gone: true` finds these as well). */
  findItems(ids: readonly string[], options?: { gone?: boolean }): Promise<(number | null)[]>
  /** Items by their keys, without vectors; keys that are unknown are left out. */
  itemsByKey(keys: readonly number[]): Promise<Map<number, Item>>
  /**
   * Live items and those that have events, by ascending key. With `since`, a former `Stamp.items`: all items that
   * changed after it, those that left the catalogue included.
   */
  readItems(since?: number): Promise<StoredItem[]>
  /** The items of `readItems()`, at most `most` at a time. */
  itemBatches(most: number): AsyncIterable<StoredItem[]>
  /**
   * Number of items of `readItems()`, and number of their texts that no vector of this encoder and precision is cached
   * for.
   */
  countItems(encoder: string, bits: Bits): Promise<{ items: number; missing: number }>
  /** Stores the vectors that a tower made with their items, replacing earlier ones of that modality; null: none. */
  saveEncoded(
    modality: Modality,
    tower: string,
    vectors: readonly { key: number; vector: Float32Array | null }[],
  ): Promise<void>
  /** Ids of all live items. */
  itemIds(): AsyncIterable<string>
  /** Keys of the live items that pass a test, ascending. */
  itemsWhere(test: (item: Item) => boolean): Promise<Int32Array>

  /** Empties the staging area, which is only seen by this connection. */
  beginStaging(): Promise<void>
  /** Stages items. Returns the lines of those whose id was staged before, which are not taken. */
  stageItems(rows: ItemRow[]): Promise<number[]>
  /** Stages ids of items whose rows were rejected, so that `prune` does not remove these items. */
  stageKept(ids: string[]): Promise<void>
  stageEvents(rows: EventRow[]): Promise<void>
  stageRejections(rows: Rejection[]): Promise<void>
  /** Staged rejections by file and line, at most `limit`. */
  rejections(limit?: number): Promise<Rejection[]>
  /** Number of staged rejections for each reason, most first. */
  rejectionCounts(): Promise<{ reason: string; count: number }[]>
  /**
   * Writes the staged items, all or none, and counts what changed. `prune`: removes items that were not staged. Fails
   * with LIMIT where that would remove more than the share `limit` of the live items.
   */
  mergeItems(options: {
    prune: boolean
    limit: number
  }): Promise<{ added: number; updated: number; unchanged: number; removed: number }>
  /**
   * Writes the staged events, all or none, and counts what became of them. Events on items that are not in the
   * catalogue are rejected, unless the store has the same event already; `file` names the file in these rejections.
   */
  mergeEvents(file: string): Promise<{ added: number; duplicate: number; rejected: number; users: number }>

  /** Vectors by the hashes of their texts, packed with `bits` a number (`readVector`); null where none is cached. */
  cachedVectors(encoder: string, bits: Bits, hashes: readonly Uint8Array[]): Promise<(Uint8Array | null)[]>
  /** Caches vectors under the hashes of their texts. */
  saveVectors(encoder: string, bits: Bits, hashes: readonly Uint8Array[], vectors: readonly Uint8Array[]): Promise<void>
  /** Rounds those vectors of an encoder that are cached as float32 to fewer bits. */
  roundVectors(encoder: string, bits: Bits): Promise<void>

  /** Key of a user; null where unknown. */
  findUser(id: string): Promise<number | null>
  /** Id of each user; null where the user is gone. */
  userIds(keys: readonly number[]): Promise<(string | null)[]>
  /** All events of a user. */
  userEvents(user: number): Promise<EventColumns>
  /** Keys of users with events after this seq, ascending. */
  usersSince(seq: number): Promise<Int32Array>
  /**
   * Events up to and including the seq `until`, in blocks of whole users, ascending by user, then by arrival. `except`
   * leaves one user out.
   */
  allEvents(until: number, except?: number): AsyncIterable<EventColumns>
  /** Events of a user up to and including this seq. */
  userEventsUntil(user: number, seq: number): Promise<EventColumns>

  /** All edits of a user, those taken back included, oldest first. */
  edits(user: number): Promise<StoredEdit[]>
  /** Keys of users with edits in force. */
  editors(): Promise<number[]>
  /** Adds an edit of a user, who is added where unknown. */
  addEdit(user: string, edit: Omit<StoredEdit, 'seq' | 'undone'>): Promise<void>
  /** Takes back the user's latest edit in force. False where there is none. */
  undoEdit(user: number): Promise<boolean>

  /** Interests of a user in a generation; empty where it has none of the user. */
  minedOf(generation: number, user: number): Promise<StoredInterest[]>
  /** Interests of all users whose keys are `first` to `last`, in a generation. */
  minedBetween(generation: number, first: number, last: number): Promise<Map<number, StoredInterest[]>>
  /**
   * What became of a user's interests up to the generation in use, oldest first; `all`: also what later generations
   * found, which were gone back from.
   */
  lineage(user: number, all?: boolean): Promise<StoredChange[]>
  /** Ids of users with events, in the order in which they came. */
  everyUser(): AsyncIterable<string>
  /** Replies of language models about a user, oldest first. */
  replies(user: number): Promise<KeptReply[]>
  /**
   * A reply of the same model to the same question, found by their hash: the user's own (`own`), else another user's.
   * For `user` null, a reply about no user. Null where there is none.
   */
  findReply(hash: Uint8Array, user: number | null): Promise<{ reply: KeptReply; own: boolean } | null>
  /** Stores a reply, replacing the user's own to the same question. False, and nothing done, where the user is gone. */
  saveReply(hash: Uint8Array, user: number | null, reply: KeptReply): Promise<boolean>

  /**
   * Writes a generation, takes it into use and returns its id. `forgets`: `Stamp.forgets` when fitting began; `keep`:
   * how many generations are kept (this one, then the one that was in use, then the newest); `replaces`: a generation
   * to drop; `basedOn`: the generation that this one differs from in its scorer alone; `mined`: the users' interests,
   * copied from `basedOn` where left out. Null, and nothing written, where a user was forgotten since `forgets` was
   * read, because what was fitted depends on them, and where `basedOn` is no longer in use.
   */
  saveGeneration(
    info: Omit<GenerationInfo, 'id'>,
    artefacts: Blobs,
    options: { keep: number; forgets: number; replaces?: number; basedOn?: number; mined?: readonly MinedUser[] },
  ): Promise<number | null>
  /** The generation in use; null before the first. */
  generation(): Promise<GenerationInfo | null>
  /** All generations that are kept, newest first. */
  generations(): Promise<KeptGeneration[]>
  /** Takes a kept generation into use. False, and nothing done, where it is not kept. */
  useGeneration(id: number): Promise<boolean>
  /** The artefacts of a generation, all or those named. Fails with STORE_DAMAGED where a checksum does not match. */
  loadArtefacts(id: number, names?: readonly string[]): Promise<Blobs>

  /**
   * Stores what long work has finished under a key, replacing what was stored before. It is dropped by the next
   * generation and when a user is forgotten. False, and nothing done, where a user was forgotten since `forgets` was
   * read.
   */
  saveCheckpoint(key: string, artefacts: Blobs, forgets: number): Promise<boolean>
  /** What is stored under this key; null where nothing is, or it is damaged. */
  loadCheckpoint(key: string): Promise<Blobs | null>

  /** The privacy budget (null: not set), and all entries of the ledger, oldest first. */
  ledger(): Promise<{ budget: Budget | null; spendings: StoredSpending[] }>
  setBudget(budget: Budget): Promise<void>
  /** The answer that this question has in the ledger; null where it was never asked. */
  answerInLedger(question: string): Promise<string | null>
  /**
   * Writes an answer with its cost into the ledger and returns it. Where the question has an answer there already, that
   * is returned and nothing written. Null, and nothing written, where `isAllowed` refuses the cost. One transaction, so
   * that two processes cannot both spend what is left of the budget.
   */
  spend(
    spending: StoredSpending,
    answer: string,
    isAllowed: (budget: Budget | null, spent: readonly PrivacyCost[]) => boolean,
  ): Promise<string | null>
  /**
   * Writes a cost without an answer into the ledger, such as that of a training, which costs each time anew. `what`,
   * with its place in the ledger, is stored as the question. False, and nothing written, where `isAllowed` refuses the
   * cost.
   */
  charge(
    what: object,
    cost: Omit<StoredSpending, 'question'>,
    isAllowed: (budget: Budget | null, spent: readonly PrivacyCost[]) => boolean,
  ): Promise<boolean>

  /**
   * Removes all rows of a user. In the same transaction `counted` (artefacts of the generation in use, counted without
   * the user) replaces the artefacts of the same names, and all other generations are dropped. Returns the number of
   * events removed; null, and nothing done, where another generation is in use than that of `counted`.
   */
  forget(user: number, counted: { info: GenerationInfo; artefacts: Blobs } | null): Promise<number | null>
  /** Largest rating of all other users; null where there is none. */
  ratingMaxWithout(user: number): Promise<number | null>
  /**
   * Drops generations whose checksums do not match (where one of these was in use, the newest one left is used), and
   * builds the indices of the tables anew.
   */
  mend(): Promise<void>
  /**
   * After `forget`: writes the store anew, so that no space of it, and no log, holds deleted rows any more.
   * This takes as long as copying the store. Does nothing where it is done already. Fails with STORE_BUSY while other
   * processes use the store.
   */
  compact(): Promise<void>
  /** What is wrong with the store, a sentence each; empty where nothing is. */
  check(): Promise<string[]>
  close(): Promise<void>
}
