import type { ReliabilityRow } from '../../metrics/reliability.js'
import type { Measured } from '../setup/report.js'
import type { InterestKind } from './next-event.js'
import type { Pace } from './pace.js'
import type { PersonaKind } from './personas.js'
import type { PeerSpace } from './score-personas.js'
import type { DistractorKind } from './specificity.js'

/** Adjusted mutual information with what was planted; null where the catalogue gives no personas of the kind. */
export type Agreement = Record<PersonaKind, Measured | null>

export interface PeerReport {
  id: string
  name: string
  source: string
  /** On the encoder's vectors, or in the space of interests. */
  space: PeerSpace
  /** Cut or smallest cluster, chosen on personas that are not reported; null where nothing is set. */
  setting: number | null
  ami: Agreement
  /** Ours less theirs, persona by persona. */
  difference: Agreement
}

export interface PlantedReport {
  /** Personas of each kind and seed. */
  personas: number
  seeds: number[]
  /** Leaf categories that were planted, and the items that each has at least. */
  leaves: number
  leastItems: number
  ours: Agreement
  peers: PeerReport[]
}

/** Share of labels by which four or more of five items of the interest are among the five of fifty nearest to it. */
export type Specificity = Record<DistractorKind, Measured | null>

export interface NamerReport {
  id: string
  name: string
  source: string
  /** Interests that it named. */
  trials: number
  specificity: Specificity
}

export interface LabelsReport {
  /** Interests with a name of their own, and those called by an example, which claims nothing. */
  named: number
  byExample: number
  /** Shares of the liked items of all users that stand in points, in points or pairs, in broad interests, in none. */
  items: Record<'points' | 'named' | 'broad' | 'unassigned', Measured>
  /**
   * Share of names each of whose words stands in half of the evidence: in titles, brands, category names and texts, and
   * without the texts. The first names that fail the former.
   */
  supported: number
  supportedWithoutTexts: number
  unsupported: string[]
  /** Share of users whose labels are all different. */
  unique: number
  /** Null where no label could be encoded or no interest has five items. */
  specificity: { trials: number; ours: Specificity; peers: NamerReport[] } | null
}

export interface NextEventReport {
  /** Share of next liked items that belong to a point, to a point or a pair, to any interest. */
  falls: Record<'point' | 'named' | 'any', Measured>
  /** As many items by points and pairs, or by all interests, as by leaf category; null where there are no categories. */
  matched: Record<InterestKind, MatchedReport | null>
}

export interface MatchedReport {
  users: number
  /** Share of next items among the items by interests, and among those by leaf category. */
  mined: Measured
  byLeaf: Measured
  /** The first over the second; null where the second is 0. */
  ratio: Measured | null
  /** Mean number of items, and the share of hits that so many random items would have. */
  items: number
  chance: number
}

export interface StabilityReport {
  /** Points of the first ten elevenths of the histories. */
  points: number
  /** Share of them whose evidence stays together by half, and share that also keep their label. */
  kept: Measured
  identical: Measured
}

export interface ConfidenceReport {
  interests: number
  /** Expected calibration error; resampling would only add to it, so it has no interval. */
  ece: number
  /** Null where all that was said came, or nothing did. */
  auc: Measured | null
  bins: ReliabilityRow[]
  /** The same of the share of the history, read as a chance. */
  share: { ece: number; auc: Measured | null }
}

export interface InterestsReport {
  protocol: {
    text: string
    seed: number
    encoder: string
    items: number
    /** Users whose histories were read, of those long enough. */
    users: number
    of: number
  }
  /** Null, and a note, where the catalogue has no leaf categories to plant or brings vectors of its own. */
  planted: PlantedReport | null
  /** Null, and a note, where no user has a history long enough; so are the next four. */
  labels: LabelsReport | null
  next: NextEventReport | null
  stability: StabilityReport | null
  confidence: ConfidenceReport | null
  /** Differs from run to run. */
  pace: Pace | null
  notes: string[]
  seconds: number
  peakMB: number
}
