import type { AnswerInput } from './answer/read.js'
import type { Tower } from './columns.js'
import type { LoadedEncoder } from './encode/encoder.js'
import type { Loaded } from './load/generation.js'
import type { ByteSource } from './privacy/noise.js'
import type { Store } from './store/store.js'
import type { Pool } from './threads/workers.js'
import type { Modality } from './types/items.js'
import type { OpenOptions } from './types/options.js'

/**
 * The parts of an open miner that other modules work with. A function takes only those that it needs, as
 * `Pick<Host, 'store' | …>`.
 */
export interface Host {
  /** Where items, events, edits and generations are kept. */
  store: Store
  /** The options of `openMiner` that a build reads. */
  options: Pick<OpenOptions, 'encoder' | 'imageEncoder' | 'audioEncoder' | 'seed'>
  /** The time, in milliseconds since 1970. */
  clock(): number
  /** A source of cryptographically secure random bytes, for noise. */
  secureBytes(): ByteSource
  /**
   * Opens an encoder by its bundled name or directory, and closes one of another name. The same name gives the same
   * one.
   */
  openEncoder(name: string): Promise<LoadedEncoder>
  /**
   * Opens the tower of one modality by the bundled name or directory of its model. The same name gives the same one.
   */
  openTower(name: string, modality: Modality): Promise<Tower>
  /** The encoder that is open; null where none is. */
  encoder(): Promise<LoadedEncoder> | null
  /** The miner's worker threads, started when they are first needed. */
  openPool(): Pool
  /**
   * The generation in use, together with what came to the store since it was built. Fails with NO_STORE, STORE_DAMAGED,
   * ENCODER_MISMATCH.
   */
  load(): Promise<Loaded>
  /** Everything that an answer about a user is made from: history, edits in force, names. */
  readUser(loaded: Loaded, user: string): Promise<AnswerInput & { user: string }>
}
