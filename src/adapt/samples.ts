import type { Lists } from '../columns.js'
import type { Random } from '../random.js'
import { listAt } from '../vectors/sparse.js'
import type { AdapterOptions } from './options.js'

/** Positives to foretell: what came before each (newest first, -1 where there is no more) and what came next. */
export interface Samples {
  count: number
  befores: Int32Array
  targets: Int32Array
}

export function collectSamples(
  histories: Lists,
  { window, mostSamples }: Pick<AdapterOptions, 'window' | 'mostSamples'>,
): Samples {
  const befores: number[] = []
  const targets: number[] = []
  for (let u = 0; u + 1 < histories.offsets.length; u++) {
    const rows = listAt(histories, u)
    for (let at = Math.max(1, rows.length - mostSamples); at < rows.length; at++) {
      for (let age = 0; age < window; age++) befores.push(rows[at - 1 - age] ?? -1)
      targets.push(rows[at])
    }
  }
  return { count: targets.length, befores: Int32Array.from(befores), targets: Int32Array.from(targets) }
}

/** What came before each chosen sample, items left out by chance; where all would go, all stay. */
export function dropOut(
  samples: Samples,
  chosen: Int32Array,
  { window, dropout }: Pick<AdapterOptions, 'window' | 'dropout'>,
  random: Random,
): Int32Array {
  const befores = new Int32Array(chosen.length * window)
  chosen.forEach((sample, s) => {
    const before = samples.befores.subarray(sample * window, (sample + 1) * window)
    let kept = 0
    for (let age = 0; age < window; age++) {
      const stays = random.unit() >= dropout
      befores[s * window + age] = stays ? before[age] : -1
      if (stays && before[age] >= 0) kept++
    }
    if (kept === 0) befores.set(before, s * window)
  })
  return befores
}
