import type { Pool } from '../threads/workers.js'
import type { Progress } from '../types.js'
import type { EvaluateSettings } from './options.js'
import type { EvaluationTasks } from './tasks.js'

/** Where the work is done. */
export interface Workplace extends Pick<EvaluateSettings, 'signal' | 'onProgress'> {
  pool: Pool | null
  /** A file that may be written; its folder goes away afterwards. */
  graphFile: string
  /** The tasks as they run where there is no pool. */
  tasks: EvaluationTasks
}

/** Progress of a stage whose threads count what is done, with the time that is left at the speed so far. */
export function watchStage(stage: Progress['stage'], total: number, onProgress: Workplace['onProgress']) {
  const started = performance.now()
  onProgress?.({ stage, done: 0, total, rate: null, secondsLeft: null })
  return (done: number) => {
    const seconds = (performance.now() - started) / 1000
    const rate = seconds > 0.5 && done > 0 ? done / seconds : null
    onProgress?.({ stage, done, total, rate, secondsLeft: rate && (total - done) / rate })
  }
}
