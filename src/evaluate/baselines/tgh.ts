import { positiveRows } from '../../model/histories.js'
import { countCovisits, forEachCovisit } from '../../retrieve/covisits.js'
import { createMatrix, plainProduct, rowOf } from '../../vectors/matrix.js'
import type { Baseline } from './baseline.js'

/** Options of `createTgh`, with the letters of its formula. */
export interface TghOptions {
  /** w of the item before the last, where the last has 1; with 0 only the last counts. */
  second: number
  /** a: exponent of the transition. */
  transitionPower: number
  /** b: exponent of the similarity of texts. */
  textPower: number
  /** e: added to the transition, so that an item without one has a score. */
  leastTransition: number
  /** d: added to the similarity, for the same reason. */
  leastText: number
}

/** Chosen on the validation questions of amazon-beauty. */
const DEFAULTS: TghOptions = {
  second: 0.5,
  transitionPower: 0.5,
  textPower: 1,
  leastTransition: 0.001,
  leastText: 0.05,
}

/**
 * A graph of transitions times the similarity of texts, from the last two items of the history, without any training
 * (after arXiv 2605.07125):
 *
 *     score(j) = sum over i of the last two  w_i (p(i -> j) + e)^a (max(cos(i, j), 0) + d)^b
 *
 * with w = 1 for the last item and `second` for the one before, a and b exponents, and e and d small constants, so that
 * an item scores high where both factors are high, and above 0 where either is missing. p(i -> j) is the share of i's
 * co-visits that go to j (`countCovisits`: within ten steps, 1/gap forward and half of that backward).
 */
export function createTgh(options: Partial<TghOptions> = {}): Baseline {
  const { second, transitionPower, textPower, leastTransition, leastText } = { ...DEFAULTS, ...options }
  const weights = [1, second].filter((weight) => weight > 0)
  return {
    name: 'TGH form',
    source: 'after arXiv 2605.07125 (transition graph x text similarity of the last items), in the form given here',
    async fit({ train, items, vectors, product, pause }) {
      const covisits = countCovisits(train, items)
      const without = leastTransition ** transitionPower
      const factors = new Float32Array(items)
      return {
        async score(questions) {
          const block = new Float32Array(questions.length * items)
          for (let age = 0; age < weights.length; age++) {
            const last = questions.map(({ history }) => positiveRows(history).at(-1 - age) ?? -1)
            const asked = createMatrix(questions.length, vectors.dims)
            last.forEach((row, q) => {
              if (row >= 0) rowOf(asked, q).set(rowOf(vectors, row))
            })
            const cosines = product ? await product(asked, vectors) : plainProduct(asked, vectors)
            for (const [q, row] of last.entries()) {
              if (q % 16 === 0) await pause()
              if (row < 0) continue
              factors.fill(without)
              forEachCovisit(covisits, row, (other, count) => {
                factors[other] = (count / covisits.rowSums[row] + leastTransition) ** transitionPower
              })
              const from = q * items
              for (let j = 0; j < items; j++)
                block[from + j] += weights[age] * factors[j] * (Math.max(0, cosines[from + j]) + leastText) ** textPower
            }
          }
          return block
        },
      }
    },
  }
}
