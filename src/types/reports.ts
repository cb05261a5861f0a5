import type { EditRecord, Interest, InterestLevel, Language, LineageEntry, Wish } from './answers.js'
import type { Modality } from './items.js'
import type { Precision } from './options.js'
import type { KeptReply } from './words.js'

/** Why a picture or sound was set aside, not encoded. The set is closed; docs/security.md says what each means. */
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

/** One of `SET_ASIDE`. */
export type SetAside = (typeof SET_ASIDE)[number]

/** A row of items or events that was not taken, and why. */
export interface Rejection {
  /** Base name of the file; "items" or "events" for rows from memory. */
  file: string
  /** Line of the file, from 1; for rows from memory, the position. */
  line: number
  reason: string
  /** The field at fault; null where it is the row as a whole. */
  field: string | null
  /** Id of the item, where the row has one. */
  id?: string
}

/** What became of the rows of a catalogue. `removed`: items that left it because `prune` was given. */
export interface ItemCounts {
  read: number
  added: number
  updated: number
  unchanged: number
  removed: number
  rejected: number
}

/** What became of the rows of events. */
export interface EventCounts {
  read: number
  added: number
  /** Rows whose event is in the store already. */
  duplicate: number
  rejected: number
  /** Distinct users of the rows that were not rejected. */
  users: number
}

/** A column of a file and the field it was read as. */
export interface RecognisedColumn {
  column: string
  /** Null: not used. */
  as: string | null
}

/** What was done with the pictures, or the sounds, of items. */
export interface ModalityReport {
  /** Id of the tower. */
  encoder: string
  /** Length of its vectors. */
  dims: number
  /** Items that refer to a picture or sound. Each is `encoded`, `cached` or set aside. */
  items: number
  /** Encoded in this run. */
  encoded: number
  /** Encoded before, taken from the store. */
  cached: number
  /** Numbers of those not encoded, by reason. */
  setAside: Partial<Record<SetAside, number>>
  /** Some of these, by id of the item: 20 at most. */
  examples: { item: string; why: SetAside }[]
}

/** What a build did. */
export interface BuildReport {
  /** Null where no items were given. */
  items: ItemCounts | null
  /** Null where no events were given. */
  events: EventCounts | null
  /** The first 20 rejected rows; all of them are in `rejectedFile`. */
  rejected: Rejection[]
  rejectedByReason: Record<string, number>
  /** Path of a JSONL file of all rejected rows; null where there are none, or the store is in memory. */
  rejectedFile: string | null
  /** The text encoder: its id, the length of its vectors, and why it was chosen. */
  encoder: { id: string; dims: number; reason: string }
  /** Pictures and sounds, where the store has towers for them and this run looked at them. */
  modalities?: Partial<Record<Modality, ModalityReport>>
  /** Items whose text was encoded in this run. */
  encoded: number
  /** Seconds for reading items, reading events, encoding, fitting (`index`), training, and in all. */
  seconds: { read: number; encode: number; index: number; events: number; train?: number; total: number }
  /** Largest memory of the process so far, in MB. */
  peakMB: number
  /** Distinct texts encoded in this run (item texts and phrases). */
  texts: number
  /** Null where no text was encoded. */
  textsPerSecond: number | null
  /** Language of most of the catalogue's texts. */
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

/** How well chances agree with what happened. */
export interface CalibrationReport {
  /**
   * Bins of about equal counts, lowest chances first. Equal chances are never split over two bins, so there may be
   * fewer than ten.
   */
  rows: {
    /** Smallest chance of the bin, 0..1. */
    from: number
    /** Largest chance of the bin. */
    to: number
    /** Mean chance of the bin. */
    predicted: number
    /** Share of the bin that came next. */
    observed: number
    count: number
  }[]
  /**
   * Expected calibration error: mean of |predicted - observed| over the bins, weighted by count (Naeini et al. 2015).
   */
  ece: number
  /** Mean of -ln of the chance that was given to what happened. */
  logLoss: number
  /** The log loss of giving the mean chance each time. */
  constantLogLoss: number
}

/**
 * What a feature adds to the logit as a function of its value, and which values the candidates of held-out users have.
 */
export interface FeatureShape {
  feature: string
  /**
   * It may only raise the logit with its value (1), only lower it (-1), or do either (0); null: set by hand, not
   * learnt.
   */
  direction: 1 | -1 | 0 | null
  /** The value x is read as ln(1 + x / scale); null: as it is. */
  scale: number | null
  /** By ascending value; linear between them on the scale it is read on. Empty: the scorer does not use it. */
  points: { value: number; contribution: number }[]
  /**
   * Numbers of candidates by value, in bins of equal width on the scale it is read on. The lowest and the highest
   * thousandth are left out.
   */
  histogram: { from: number; to: number; count: number }[]
  /** Share of candidates for which its value is not known; it then adds nothing. */
  unknown: number
  /** Standard deviation of what it adds, in logits: how much it moves candidates apart. */
  spread: number
}

/**
 * What NDCG@10 loses where the scorer is fitted without a feature. All fits learn from the same lists and are measured
 * on the same lists.
 */
export interface AblationReport {
  /** Number of lists that each fit learns from, a sample drawn by the seed. */
  lists: number
  /** Number of lists that each fit is measured on, likewise. */
  heldOut: number
  /** NDCG@10 with all features. */
  ndcg: number
  /** Largest loss first. `lost`: `ndcg` minus NDCG@10 without the feature, with a paired 95 % interval over users. */
  without: ({ feature: string; lost: number } & Range)[]
}

/** What a training measures beside its result. */
export interface TrainFindings {
  /**
   * Of the ten highest-scored candidates of each held-out list. Scale and offset are fitted on each half of the
   * held-out users and applied to the other half, so that no chance depends on its own outcome. The log loss is over
   * all their candidates.
   */
  calibration: CalibrationReport
  /** Of the scorer in use after the training; one entry for each feature that there is. */
  shapes: FeatureShape[]
  /** Null unless asked for. */
  ablation: AblationReport | null
}

/**
 * What a training found. NDCG@10 is measured on users that were not learnt from, on the whole catalogue, by score
 * alone.
 */
export interface TrainReport extends TrainFindings {
  /** Id of the generation that the training made. */
  generation: number
  /** `trainedOn`: number of events that the terms were learnt from; null for the default scorer. */
  scorer: { id: string; trainedOn: number | null; calibrated: boolean }
  /** Number of users learnt from. */
  users: number
  /** Number of users kept aside to calibrate and compare. */
  heldOut: number
  /** Number of events whose prediction was learnt. */
  lists: number
  /** Share of held-out events that were among the candidates at all, 0..1. */
  candidateRecall: number
  /**
   * NDCG@10 of the scorer in use before and of the new one, with 95 % bootstrap intervals over held-out users. `gain`
   * is the interval of after - before, paired.
   */
  ndcg: { before: number; after: number; intervals: { before: Range; after: Range; gain: Range } }
  /** Whether the new scorer is in use; if not, the one before ranks the held-out users better. */
  installed: boolean
  /**
   * Loss, and NDCG@10 on held-out users (`measure`), after each pass of the adapter's training; empty where the adapter
   * was not trained.
   */
  curve: { loss: number; measure: number }[]
  /** Whether the adapter was taken from a training that was stopped before its end. */
  resumed: boolean
  /** Null for a training that is not private. */
  privacy: PrivacyReport | null
  seconds: number
}

/**
 * What a private training guarantees: (epsilon, delta)-differential privacy for all events of one user
 * (docs/privacy.md).
 */
export interface PrivacyReport {
  epsilon: number
  delta: number
  /** The guarantee is for all events of a user together. */
  unit: 'user'
  /** The noisy sums that each part was learnt from. No user takes part in both scorer and calibration. */
  parts: PrivacyPart[]
  /** What the guarantee is about. */
  covers: string[]
  /** What in the store and in this report it is not about. */
  notCovered: string[]
  /** Results of trainings at other epsilons, which were thrown away; null where none were tried. */
  tried: TriedEpsilon[] | null
}

/** The rounds of noisy sums by which one part was learnt (the sampled Gaussian mechanism; Abadi et al. 2016). */
export interface PrivacyPart {
  part: 'adapter' | 'scorer' | 'calibration'
  /** Standard deviation of the noise, divided by `clip`. */
  noiseMultiplier: number
  /** Largest Euclidean norm of what one user adds to a sum. */
  clip: number
  /** Probability with which a user takes part in a round. */
  sampleRate: number
  /** Number of rounds. */
  steps: number
  /** Epsilon of this part alone, at the report's delta. */
  epsilon: number
}

/** NDCG@10 of held-out users after a training at another epsilon, with its 95 % interval. */
export interface TriedEpsilon extends Range {
  /** Null: a training that is not private. */
  epsilon: number | null
  ndcg: number
}

/** What a store holds and what it is fitted with. */
export interface StatusAnswer {
  /** Items in the catalogue. */
  items: number
  /** Users with events. */
  users: number
  events: number
  /** The text encoder; null before the first build. */
  encoder: { id: string; dims: number; precision: Precision } | null
  /** The search index: its kind, the number of items in it, and whether it can be used. */
  index: { kind: 'hnsw' | 'cells' | 'exact'; items: number; ok: boolean }
  /** As in `TrainReport`. */
  scorer: { id: string; trainedOn: number | null; calibrated: boolean }
  /** Bytes of all files of the store, version of its tables, and its path. */
  store: { bytes: number; version: number; path: string }
  /** What the store's bytes are used for. */
  parts: StorePart[]
  /** The generation in use; null before the first build. */
  generation: {
    id: number
    /** ISO 8601. */
    builtAt: string
    /** Items and events that it was fitted from. */
    items: number
    events: number
    /** Items and events that came since and are not fitted yet. */
    pendingItems: number
    pendingEvents: number
    /** A user was forgotten since; the next whole build and the next training remove what is left of the trace. */
    stale: boolean
  } | null
  /** Language of most of the catalogue's texts. */
  language: Language
  /** Pictures and sounds: number of items that have one, length of the vectors, and what makes these. */
  modalities: { name: Modality; items: number; dims: number; encoder: string }[]
}

/** The bytes that a store uses for one purpose. */
export interface StorePart {
  name: string
  /** Bytes on disk; those of all kept generations together. */
  disk: number
  /** Bytes in memory, once answers are asked for. */
  memory: number
}

/** What was fitted from the store at one time. */
export interface Generation {
  id: number
  /** ISO 8601. */
  builtAt: string
  /** Whether answers come from it. */
  inUse: boolean
  /** Items and events that it was fitted from; answers add what came later. */
  items: number
  events: number
  /** Id of the text encoder, and length of its vectors. */
  encoder: { id: string; dims: number }
  /** As in `TrainReport`; null where it cannot be read. */
  scorer: { id: string; trainedOn: number | null; calibrated: boolean } | null
  /** Size of what was fitted. */
  bytes: number
  /** As in `StatusAnswer`. */
  stale: boolean
}

/** The generations of a store. */
export interface GenerationsAnswer {
  /** Those that are kept, newest first. */
  generations: Generation[]
}

/** What a check found. */
export interface DoctorAnswer {
  /** Whether nothing is wrong any more. */
  ok: boolean
  /** What is wrong, in which file, and whether it was repaired. */
  problems: { what: string; where: string; repaired: boolean }[]
}

/** What a check of an encoder found. */
export interface EncoderCheck extends DoctorAnswer {
  /**
   * Its towers, and whether each runs. `joint`: texts, pictures and sounds share one space. Null where its manifest
   * cannot be read.
   */
  encoder: { id: string; joint: boolean; towers: { tower: 'text' | Modality; dims: number; ok: boolean }[] } | null
}

/** Everything that a store holds about one user. */
export interface ExportAnswer {
  user: string
  /** `at`: ISO 8601; null: unknown. */
  events: {
    item: string
    type: string
    at: string | null
    value: number | null
    dwell: number | null
    quantity: number | null
  }[]
  /** All edits, also those taken back (`undone`). `evidence`: ids of the items of the interest when it was edited. */
  edits: (EditRecord & { undone: boolean; evidence: string[] })[]
  /** Replies of language models about the user, accepted or not. */
  replies: KeptReply[]
  /** As `Miner.interests` answers now, after the edits in force. */
  interests: Interest[]
  wishes: Wish[]
  /** Interests as each kept generation found them, without edits; `evidence`: ids of their items, oldest first. */
  mined: {
    generation: number
    builtAt: string
    interests: { id: string; level: InterestLevel; label: string; evidence: string[] }[]
  }[]
  /** What became of interests from one generation to the next; also in generations that were later gone back from. */
  lineage: LineageEntry[]
}

/** What `Miner.forget` did. */
export interface ForgetAnswer {
  user: string
  /** Whether the store knew the user. */
  forgotten: boolean
  /** Number of events that were removed. */
  events: number
  /**
   * Only with `retrain`: id of the new generation, whether a scorer was trained, and, where one was in use before and
   * none was trained, why. Null where there is no index.
   */
  retrained?: { generation: number; trained: boolean; note: string | null } | null
}

/** What `distill` made. */
export interface DistillReport {
  /** The directory. */
  out: string
  /** Id of the student, which ends in a checksum of its table. */
  id: string
  /** Id of the encoder it was made from. */
  teacher: string
  /** Length of the student's vectors. */
  dims: number
  /** Tokens of the vocabulary. */
  tokens: number
  /** Tokens that the teacher encoded. */
  asked: number
  /** Texts that were learnt from. */
  texts: number
  /** Number of passes over all texts. */
  passes: number
  /**
   * Mean cosine of student and teacher on texts of items that a trial run did not learn from, and number of these
   * texts; null where there are too few texts.
   */
  heldOut: { texts: number; cosine: number } | null
  /** Mean cosine of student and teacher on all texts that were learnt from; null where there are none. */
  cosine: number | null
  /** Size of the whole directory. */
  bytes: number
  seconds: number
  notes: string[]
}
