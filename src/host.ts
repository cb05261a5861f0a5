import type { AnswerInput } from './answer/read.js'
import type { Tower } from './columns.js'
import type { LoadedEncoder } from './encode/encoder.js'
import type { Loaded } from './load/generation.js'
import type { ByteSource } from './privacy/noise.js'
import type { Store } from './store/store.js'
import type { Pool } from './threads/workers.js'
import type { Modality } from './types/items.js'
import type { OpenOptions } from './types/options.js'

/** What a miner lends to the modules that work for it. Each asks for the part that it needs: `Pick<Host, 'store' | …>`. */
export interface Host {
  /** Where items, events, edits and generations are kept. */
  store: Store
  /** Of the options that the miner was opened with, those that a build reads. */
  options: Pick<OpenOptions, 'encoder' | 'imageEncoder' | 'audioEncoder' | 'seed'>
  /** The time, in milliseconds since 1970. */
  clock(): number
  /** Random bytes that nobody can foretell, for noise. */
  secureBytes(): ByteSource
  /** Opens an encoder by bundled name or directory; the one that is open is given again. */
  openEncoder(name: string): Promise<LoadedEncoder>
  /** Opens the tower of one medium likewise. */
  openTower(name: string, modality: Modality): Promise<Tower>
  /** The encoder where one is open, else null. */
  encoder(): Promise<LoadedEncoder> | null
  /** The miner's worker threads, started when they are first needed. */
  openPool(): Pool
  /** The generation in use with all that came since it was built. Fails with NO_STORE, STORE_DAMAGED, ENCODER_MISMATCH. */
  load(): Promise<Loaded>
  /** What is known of a user, with the edits in force. */
  readUser(loaded: Loaded, user: string): Promise<AnswerInput & { user: string }>
}
