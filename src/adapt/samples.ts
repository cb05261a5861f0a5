import type { Random } from '../random.js'
import type { Lists } from '../types.js'
import { listAt } from '../vectors/sparse.js'
import type { AdapterOptions } from './options.js'

/** Positives to foretell: what came before each (newest first, -1 where there is no more) and what came next. */
export interface Samples {
  count: number
  contexts: Int32Array
  targets: Int32Array
}

export function collectSamples(
  histories: Lists,
  { window, mostSamples }: Pick<AdapterOptions, 'window' | 'mostSamples'>,
): Samples {
  const contexts: number[] = []
  const targets: number[] = []
  for (let u = 0; u + 1 < histories.offsets.length; u++) {
    const rows = listAt(histories, u)
    for (let at = Math.max(1, rows.length - mostSamples); at < rows.length; at++) {
      for (let age = 0; age < window; age++) contexts.push(rows[at - 1 - age] ?? -1)
      targets.push(rows[at])
    }
  }
  return { count: targets.length, contexts: Int32Array.from(contexts), targets: Int32Array.from(targets) }
}

/** What came before each chosen sample, items left out by chance; where all would go, all stay. */
export function dropOut(
  samples: Samples,
  chosen: Int32Array,
  { window, dropout }: Pick<AdapterOptions, 'window' | 'dropout'>,
  random: Random,
): Int32Array {
  const contexts = new Int32Array(chosen.length * window)
  chosen.forEach((sample, s) => {
    const context = samples.contexts.subarray(sample * window, (sample + 1) * window)
    let kept = 0
    for (let age = 0; age < window; age++) {
      const stays = random.unit() >= dropout
      contexts[s * window + age] = stays ? context[age] : -1
      if (stays && context[age] >= 0) kept++
    }
    if (kept === 0) contexts.set(context, s * window)
  })
  return contexts
}
