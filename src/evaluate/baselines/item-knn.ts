import type { Sparse } from '../../columns.js'
import { type Baseline, countUsers, DECAY, formatBytes, scoreEach, weighRecent } from './baseline.js'
import { boundPairs, countCooccurrences } from './cooccurrence.js'

/**
 * Item-to-item collaborative filtering (Deshpande and Karypis, ACM TOIS 2004): an item's score is the sum over the
 * history of decay^age times the cosine of the two items' sets of users, with all neighbours kept. `decay` 1 is the
 * published form, which ignores order.
 */
export function createItemKnn({ decay = DECAY } = {}): Baseline {
  return {
    name: 'item-kNN',
    source: `Deshpande and Karypis, ACM TOIS 2004: binary cosine${decay === 1 ? '' : `; newer items count more (${decay}^age)`}`,
    async fit(data) {
      // 8 bytes a pair for its column and value, and the same again while the rows are joined.
      const bytes = 16 * boundPairs(data.train)
      if (bytes > data.memory)
        return {
          score: null,
          reason: `pairs of items may take ${formatBytes(bytes)}, the limit is ${formatBytes(data.memory)}`,
        }
      const users = countUsers(data)
      const together = await countCooccurrences(data.train, data.items, data.pause)
      return {
        score: scoreEach(data, ({ history }, scores) => {
          for (const { row, weight } of weighRecent(history, decay)) addCosines(scores, together, users, row, weight)
        }),
      }
    },
  }
}

/** Adds to the scores the weighted cosine of each item with that of one row of the history. */
function addCosines(
  scores: Float32Array,
  together: Sparse<Int32Array>,
  users: Int32Array,
  row: number,
  weight: number,
): void {
  for (let at = together.offsets[row]; at < together.offsets[row + 1]; at++) {
    const other = together.columns[at]
    scores[other] += (weight * together.values[at]) / Math.sqrt(users[row] * users[other])
  }
}
