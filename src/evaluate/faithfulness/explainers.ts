import type { History } from '../../columns.js'
import { createRandom } from '../../random.js'

/** One recommendation to a user, as far as explainers look at it. */
export interface ExplainedRecommendation {
  history: History
  /** Rows that the recommendation cites, strongest first. */
  cited: readonly number[]
  /** Row -> number of users who have it. */
  popularity: ArrayLike<number>
  /** The user's own, for what is random. */
  seed: number
}

/** A way to choose items of a history as the explanation of a recommendation. */
export interface Explainer {
  id: string
  /** For people. */
  name: string
  /** Rows of the history, those to cite first in front; at least as many as the recommendation cites. */
  order(explained: ExplainedRecommendation): readonly number[]
}

/** The items that are cited, and three simple choices of as many items to compare them with. */
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

/** The same order for all recommendations of a user, so that answers without these items are computed once. */
function shuffle(rows: Int32Array, seed: number): number[] {
  const random = createRandom(seed)
  const left = [...rows]
  return Array.from(rows, () => left.splice(random.below(left.length), 1)[0])
}

/** Length of deletion and insertion curves: the largest number of items that a recommendation cites. */
export const CURVE_STEPS = 3
/** Places of a list. */
export const PLACES = 10
