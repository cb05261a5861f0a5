import type { LoadedEncoder } from './encode/encoder.js'
import type { Loaded } from './load/generation.js'
import type { Store } from './store/store.js'
import type { Pool } from './threads/workers.js'
import type { Modality, OpenOptions, Tower } from './types.js'

/** What a build needs of the miner around it. */
export interface Host {
  store: Store
  options: Pick<OpenOptions, 'encoder' | 'imageEncoder' | 'audioEncoder' | 'seed'>
  clock(): number
  openEncoder(name: string): Promise<LoadedEncoder>
  openTower(name: string, modality: Modality): Promise<Tower>
  /** The encoder where one is open. */
  encoder(): Promise<LoadedEncoder> | null
  openPool(): Pool
  load(): Promise<Loaded>
}
