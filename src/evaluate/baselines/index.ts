import type { Baseline } from './baseline.js'
import { covisits } from './covisits.js'
import { createEase } from './ease.js'
import { createItemKnn } from './item-knn.js'
import { itemKnnText } from './item-knn-text.js'
import { popularity } from './popularity.js'
import { createTale } from './tale.js'
import { textKnn } from './text-knn.js'
import { createTgh } from './tgh.js'

/** The known methods that results are compared with, from the simplest on. */
export const BASELINES: readonly Baseline[] = [
  popularity,
  textKnn,
  createItemKnn(),
  covisits,
  itemKnnText,
  createEase(),
  createTale(),
  createTgh(),
]

/** The id of a baseline: its name in lower case, with dashes for all but letters and digits. */
export function idOf({ name }: Baseline): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

export type { Baseline } from './baseline.js'
