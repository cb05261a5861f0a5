import type { Lists } from '../columns.js'
import type { Random } from '../random.js'
import { listAt } from '../vectors/sparse.js'
import type { AdapterOptions } from './options.js'

/** Training samples: liked items to be predicted, and what was liked before each. */
export interface Samples {
  /** Number of samples. */
  count: number
  /** `window` rows a sample: the items before it, newest first, -1 where there are no more. */
  contexts: Int32Array
  /** One row a sample: the item to predict. */
  targets: Int32Array
}

/**
 * Makes samples of liked rows (`histories`: one list a user, oldest first): of each user the newest `mostSamples` items
 * that have one before them.
 */
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

/**
 * Contexts of the chosen samples, from which each item is left out (-1) with chance `dropout`. Where all items of a
 * context would go, it is kept whole. Returns `window` rows a chosen sample.
 */
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
