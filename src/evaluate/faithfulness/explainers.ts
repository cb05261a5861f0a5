import { createRandom } from '../../random.js'
import type { History } from '../../types.js'

export interface ExplainedRecommendation {
  history: History
  /** Rows that the recommendation cites, strongest first. */
  cited: readonly number[]
  /** Row -> users who have it. */
  popularity: ArrayLike<number>
  /** Of the user. */
  seed: number
}

/** A way to cite items of a history: ours, and what it must beat with as many items. */
export interface Explainer {
  id: string
  name: string
  /** Rows of the history, the strongest first; at least as many as are cited. */
  order(explained: ExplainedRecommendation): readonly number[]
}

export const EXPLAINERS: readonly Explainer[] = [
  { id: 'cited', name: 'cited items', order: ({ cited }) => cited },
  { id: 'random', name: 'random items', order: ({ history, seed }) => shuffle(history.rows, seed) },
  {
    id: 'popular',
    name: 'the most popular',
    order: ({ history, popularity }) => [...history.rows].sort((a, b) => popularity[b] - popularity[a] || a - b),
  },
  { id: 'recent', name: 'the most recent', order: ({ history }) => [...history.rows].reverse() },
]

/** One order a user, so that what is left out need not be answered anew for each recommendation. */
function shuffle(rows: Int32Array, seed: number): number[] {
  const random = createRandom(seed)
  const left = [...rows]
  return Array.from(rows, () => left.splice(random.below(left.length), 1)[0])
}
/** Citations that curves follow; no list cites more. */
export const CURVE_STEPS = 3
