import { createMatrix, plainProduct, rowOf } from '../../vectors/matrix.js'
import { type Baseline, DECAY, weighRecent } from './baseline.js'

/**
 * Content only, after Rocchio (Pazzani and Billsus 2007): an item's score is the sum over the history of .7^age times
 * the cosine of the two texts.
 */
export const textKnn: Baseline = {
  name: 'text-kNN',
  source:
    'content-based profile (Rocchio form; Pazzani and Billsus 2007) over sentence vectors, newer items count more',
  async fit({ vectors, product }) {
    return {
      async score(questions) {
        const profiles = createMatrix(questions.length, vectors.dims)
        questions.forEach(({ history }, q) => {
          const profile = rowOf(profiles, q)
          for (const { row, weight } of weighRecent(history, DECAY)) {
            const vector = rowOf(vectors, row)
            for (let k = 0; k < vector.length; k++) profile[k] += weight * vector[k]
          }
        })
        return product ? product(profiles, vectors) : plainProduct(profiles, vectors)
      },
    }
  },
}
