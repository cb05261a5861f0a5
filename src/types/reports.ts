import type { EditRecord, Interest, InterestLevel, Language, LineageEntry, Wish } from './answers.js'
import type { Modality } from './items.js'
import type { Precision } from './options.js'
import type { KeptReply } from './words.js'

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
