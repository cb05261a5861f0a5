import { countCovisits, forEachCovisit } from '../../retrieve/covisits.js'
import { type Baseline, DECAY, scoreEach, weighRecent } from './baseline.js'

/** Exponents of the sums of source and target. */
const SOURCE_DAMPING = 0.5
const TARGET_DAMPING = 0.2

/**
 * The one statistic this package leans on most, alone: the sum over the history of .7^age * T, with
 * T = raw / (row^.5 col^.2) up to a constant factor and raw(i -> j) the co-visits of `countCovisits`.
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
