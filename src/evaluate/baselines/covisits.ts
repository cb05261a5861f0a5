import { countCovisits, forEachCovisit } from '../../retrieve/covisits.js'
import { type Baseline, DECAY, scoreEach, weighRecent } from './baseline.js'

/** Exponents by which the sums of the source's row and of the target's column damp a co-visit. */
const SOURCE_DAMPING = 0.5
const TARGET_DAMPING = 0.2

/**
 * Co-visits alone, the statistic that counts most in this package: an item's score is the sum over the history of
 * .7^age T, with T = raw / (row^.5 col^.2) up to a constant factor, where raw(i -> j) are the co-visits of
 * `countCovisits`, and row and col their sums for i and j.
 */
export const covisits: Baseline = {
  name: 'co-visits',
  source: 'docs/scoring.md, T@.7: decayed co-visits within ten steps, forward twice as much as backward',
  async fit(data) {
    const counted = countCovisits(data.train, data.items)
    const targets = counted.columnSums.map((sum) => sum ** -TARGET_DAMPING)
    return {
      score: scoreEach(data, ({ history }, scores) => {
        for (const { row, weight } of weighRecent(history, DECAY)) {
          const scale = weight * counted.rowSums[row] ** -SOURCE_DAMPING
          forEachCovisit(counted, row, (column, count) => {
            scores[column] += scale * count * targets[column]
          })
        }
      }),
    }
  },
}
