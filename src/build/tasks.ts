import type { DistillColumns } from '../distill/columns.js'
import { type Distilled, type DistillTableOptions, distillTable } from '../distill/distill.js'
import { createPause, type Stoppable } from '../threads/run.js'
import { openProductOnce } from '../vectors/onnx-runtime.js'

export interface DistillTask extends Pick<DistillTableOptions, 'dims' | 'seed' | 'around'> {
  columns: DistillColumns
}

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
