import type { Encoder, Tower } from '../columns.js'
import type { BehaviourRules } from '../model/histories.js'
import type { ChosenTowers, Store } from '../store/store.js'
import type { Pool } from '../threads/workers.js'
import type { Precision, Progress } from '../types/options.js'
import type { MediaOptions } from './media.js'

export interface RefitOptions {
  store: Store
  /** Null where the caller brings vectors. */
  encoder: Encoder | null
  /** `caller:<dims>` or the encoder's. */
  encoderId: string
  /** Bundled name or directory of the encoder. */
  encoderName: string | null
  /** The towers of pictures and sounds, … */
  chosen: ChosenTowers
  /** … opened, and where pictures and sounds lie; null where there are no towers. */
  media: { towers: readonly Tower[]; options: MediaOptions } | null
  pool: Pool
  /** Where the graph of the search index is written; null: none is made. */
  graphFile: string | null
  rules: BehaviourRules
  /** What may not go on from the generation before. */
  drop: Dropped
  /** How vectors and adapter are kept. */
  precision: Precision
  seed: number
  clock: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}
/**
 * `traces`: scorer and adapter that were trained with somebody who is forgotten; `all`: everything, so that what is
 * fitted follows from rows alone. Topics and interests found with somebody who is forgotten never go on.
 */
export type Dropped = 'none' | 'traces' | 'all'
