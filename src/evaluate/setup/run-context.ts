import type { Pool } from '../../threads/workers.js'
import type { EvaluateSettings } from './options.js'

/** Where the work is done. */
export interface RunContext extends Pick<EvaluateSettings, 'signal' | 'onProgress'> {
  pool: Pool
  /** A file that may be written; its folder goes away afterwards. */
  graphFile: string
}
