import { watchStage, withStop } from '../../threads/run.js'
import type { Progress } from '../../types/options.js'
import type { RunContext } from './run-context.js'

/** Work that is done a part at a time on the threads of a pool. */
export interface PartedWork {
  /** The stage that progress is reported under, in units of `total`. */
  stage: Progress['stage']
  /** The task, by its name in the pool's table. Its input is what `inputOf` gives and the stop flag. */
  task: string
  /** Number of units, and of units that one task does: the same whatever the number of threads, so that results are. */
  total: number
  size: number
  /** The input for the units `from` up to `to`. */
  inputOf: (from: number, to: number) => object
}

/** Runs a task for each part, and gives the results in the order of the parts. Fails with INTERRUPTED. */
export function runInParts<R>(
  { stage, task, total, size, inputOf }: PartedWork,
  { pool, signal, onProgress }: RunContext,
): Promise<R[]> {
  const starts = Array.from({ length: Math.ceil(total / size) }, (_, k) => k * size)
  return withStop(
    signal,
    (stop) =>
      Promise.all(starts.map((from) => pool.run<R>(task, { ...inputOf(from, Math.min(total, from + size)), stop }))),
    watchStage(stage, total, onProgress),
  )
}
