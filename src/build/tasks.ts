import type { DistillColumns } from '../distill/columns.js'
import { type Distilled, type DistillTableOptions, distillTable } from '../distill/distill.js'
import { createPause, type Stoppable } from '../threads/run.js'
import { openProductOnce } from '../vectors/onnx-runtime.js'

/** Input of the task 'distill' (`runDistill`), as it is sent to a worker thread. */
export interface DistillTask extends Pick<DistillTableOptions, 'dims' | 'seed' | 'around'> {
  columns: DistillColumns
}

/**
 * The task 'distill': fits the table of a student to what its teacher says of tokens and texts. `stop` holds the flag
 * that stops it and the counters of its progress (`withStop`), which it keeps: rounds done, and most rounds. Fails with
 * INTERRUPTED where the flag is set.
 */
export async function runDistill({ stop, columns, ...options }: DistillTask & Stoppable): Promise<Distilled> {
  const counters = new Int32Array(stop)
  return distillTable(columns, {
    ...options,
    product: await openProductOnce(),
    pause: createPause(stop),
    onRound(done, most) {
      Atomics.store(counters, 1, done)
      Atomics.store(counters, 2, most)
    },
  })
}
