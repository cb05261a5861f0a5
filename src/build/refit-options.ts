import type { Encoder, Tower } from '../columns.js'
import type { BehaviourRules } from '../model/histories.js'
import type { ChosenTowers, Store } from '../store/store.js'
import type { Pool } from '../threads/workers.js'
import type { Precision, Progress } from '../types/options.js'
import type { MediaOptions } from './media.js'

/** What a new generation is fitted from and with. */
export interface RefitOptions {
  store: Store
  /** The text encoder; null where items bring their own vectors. */
  encoder: Encoder | null
  /** Id of the encoder; `caller:<dims>` where items bring their own vectors. */
  encoderId: string
  /** Bundled name or directory of the encoder; null where items bring their own vectors. */
  encoderName: string | null
  /** The towers that pictures and sounds are encoded with. */
  chosen: ChosenTowers
  /** These towers, opened, and where pictures and sounds may be read from; null where there are no towers. */
  media: { towers: readonly Tower[]; options: MediaOptions } | null
  pool: Pool
  /** File that the graph of the search index is written to; null: no graph is made. */
  graphFile: string | null
  /** How events are weighed. */
  rules: BehaviourRules
  /** What is not taken over from the generation before. */
  drop: Dropped
  /** How vectors and adapter are kept. */
  precision: Precision
  /** Seed of everything random, a whole number. */
  seed: number
  /** Time of the build, milliseconds since 1970. */
  clock: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/**
 * What a new generation does not take over from the one before. 'traces': a scorer and an adapter that were trained
 * with a user who was forgotten; 'all': everything, so that what is fitted follows from the rows of the store alone.
 * Topics and interests found with a user who was forgotten are never taken over.
 */
export type Dropped = 'none' | 'traces' | 'all'
