import type { ReliabilityRow } from '../../metrics/reliability.js'
import type { Measured } from '../setup/report.js'
import type { InterestKind } from './next-event.js'
import type { Pace } from './pace.js'
import type { PersonaKind } from './personas.js'
import type { PeerSpace } from './score-personas.js'
import type { DistractorKind } from './specificity.js'

/**
 * Adjusted mutual information with the planted interests, by kind of persona; null where the catalogue gives no
 * personas of the kind. 1 is perfect agreement, 0 that of chance.
 */
export type Agreement = Record<PersonaKind, Measured | null>

/** A known clustering method on the same personas. */
export interface PeerReport {
  id: string
  /** For people. */
  name: string
  /** Where it was published. */
  source: string
  /** The vectors that it clusters: the encoder's as they are, or those of the space of interests. */
  space: PeerSpace
  /**
   * Height of the cut, or smallest cluster, chosen on personas that are not reported; null where there is no choice.
   */
  setting: number | null
  ami: Agreement
  /** Ours less theirs, persona by persona (paired). */
  difference: Agreement
}

/** Whether planted interests are found again. */
export interface PlantedReport {
  /** Personas of each kind and seed. */
  personas: number
  /** The seeds that they were drawn by. */
  seeds: number[]
  /** Number of leaf categories that interests were drawn from. */
  leaves: number
  /** Items that each of these has at least. */
  leastItems: number
  ours: Agreement
  peers: PeerReport[]
}

/**
 * Share of labels that pass a test of specificity, by kind of distractor: of five items of the interest and 45
 * distractors, at least four of the five nearest to the label are of the interest. Null: there were not enough
 * distractors of the kind.
 */
export type Specificity = Record<DistractorKind, Measured | null>

/** A known naming method on the same evidence. */
export interface NamerReport {
  id: string
  /** For people. */
  name: string
  /** Where it was published, or its definition. */
  source: string
  /** Interests that it named. */
  trials: number
  specificity: Specificity
}

/** Whether the labels of interests describe their evidence. */
export interface LabelsReport {
  /** Interests named by words: points and pairs. */
  named: number
  /** Points and pairs named by an example ("Like ‘…’"), which claims nothing. */
  byExample: number
  /** Shares of the liked items of all users that are in points, in points or pairs, in broad interests, in none. */
  items: Record<'points' | 'named' | 'broad' | 'unassigned', Measured>
  /**
   * Share of names each of whose words is found in at least half of the evidence: in title, brand, categories or text.
   */
  supported: number
  /** The same without texts. */
  supportedWithoutTexts: number
  /** The first names that are not `supported`, twenty at most. */
  unsupported: string[]
  /** Share of users whose labels are all different. */
  unique: number
  /** Null where labels could not be encoded or no interest has five items. */
  specificity: { trials: number; ours: Specificity; peers: NamerReport[] } | null
}

/** Where the next liked item falls. */
export interface NextEventReport {
  /** Share of next liked items that belong to a point, to a point or a pair, to any interest. */
  falls: Record<'point' | 'named' | 'any', Measured>
  /**
   * Interests against leaf categories at equal numbers of items: by points and pairs, and by all interests. Null where
   * there are no categories or no interests.
   */
  matched: Record<InterestKind, MatchedReport | null>
}

/** How often the next item is among m items chosen by interests, and among m items chosen by leaf category. */
export interface MatchedReport {
  /** Users who have both interests and leaf categories. */
  users: number
  /** Share of next items that are among the items chosen by interests. */
  mined: Measured
  /** Share that are among the items chosen by leaf category. */
  byLeaf: Measured
  /** `mined` over `byLeaf`; null where the latter is 0. */
  ratio: Measured | null
  /** Mean number m of items. */
  items: number
  /** Share of hits that m random items would have. */
  chance: number
}

/** Whether interests last as ten per cent more events are added. */
export interface StabilityReport {
  /** Points mined from the first ten elevenths of the histories. */
  points: number
  /** Share of them half of whose evidence one interest of the whole history holds. */
  kept: Measured
  /** Share of them for which that interest also has the same label. */
  identical: Measured
}

/** Whether the confidence of an interest is the chance that the next liked item belongs to it. */
export interface ConfidenceReport {
  /** Interests of all users together. */
  interests: number
  /** Expected calibration error, 0..1. It has no interval, for resampling would only add to it. */
  ece: number
  /** Area under the ROC curve; null where the next item belongs to every interest, or to none. */
  auc: Measured | null
  /** The bins that `ece` is computed from. */
  bins: ReliabilityRow[]
  /** The same of the interest's share of the history, taken for a probability. */
  share: { ece: number; auc: Measured | null }
}

/** Report of an evaluation of interests. Definitions: docs/evaluation.md. */
export interface InterestsReport {
  protocol: {
    /** The protocol in two sentences, for people. */
    text: string
    /** Seed of everything random. */
    seed: number
    /** Id of the encoder. */
    encoder: string
    /** Items that could be recommended. */
    items: number
    /** Users whose histories were mined. */
    users: number
    /** Users with enough liked items. */
    of: number
  }
  /** Null, and a note, where the catalogue has no leaf categories to plant or brings vectors of its own. */
  planted: PlantedReport | null
  /** Null, and a note, where no user has enough liked items; so are the next four. */
  labels: LabelsReport | null
  next: NextEventReport | null
  stability: StabilityReport | null
  confidence: ConfidenceReport | null
  /** Differs from run to run. */
  pace: Pace | null
  /** What a person should know. */
  notes: string[]
  /** Wall-clock seconds of the whole evaluation. */
  seconds: number
  /** The largest resident memory of the process, MiB. */
  peakMB: number
}
