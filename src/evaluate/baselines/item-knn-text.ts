import type { Baseline } from './baseline.js'
import { createItemKnn } from './item-knn.js'
import { textKnn } from './text-knn.js'

/**
 * The simplest hybrid: the scores of item-kNN and of text-kNN, each divided by its largest score for the question, are
 * added (CombSUM of Fox and Shaw, TREC-2 1994, with maximum norm). Where no other user has an item of the history, text
 * alone decides. A negative cosine of texts lowers the sum.
 */
export const itemKnnText: Baseline = {
  name: 'item-kNN + text',
  source: 'CombSUM (Fox and Shaw, TREC-2 1994) of item-kNN and text-kNN, each over its largest score',
  async fit(data) {
    const parts = [await createItemKnn().fit(data), await textKnn.fit(data)]
    const [behaviour, text] = parts.map(({ score }) => score)
    if (!behaviour || !text) return parts.find(({ score }) => score === null)!
    return {
      async score(questions) {
        const sum = divideByLargest(await behaviour(questions), data.items)
        const other = divideByLargest(await text(questions), data.items)
        for (let i = 0; i < sum.length; i++) sum[i] += other[i]
        return sum
      },
    }
  },
}

/**
 * Divides the scores of each question by the largest of them, in place; where none is above 0 they stay as they are.
 */
function divideByLargest(block: Float32Array, items: number): Float32Array {
  for (let start = 0; start < block.length; start += items) {
    const scores = block.subarray(start, start + items)
    let largest = 0
    for (let row = 0; row < items; row++) if (scores[row] > largest) largest = scores[row]
    if (largest > 0) for (let row = 0; row < items; row++) scores[row] /= largest
  }
  return block
}
