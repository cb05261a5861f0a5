import type { Pool } from '../../threads/workers.js'
import type { EvaluateSettings } from './options.js'

/** What every step of an evaluation needs to run: the threads, a place for the index, and the caller's hooks. */
export interface RunContext extends Pick<EvaluateSettings, 'signal' | 'onProgress'> {
  pool: Pool
  /** Path at which the HNSW graph may be written; its folder is removed when the evaluation ends. */
  graphFile: string
}
