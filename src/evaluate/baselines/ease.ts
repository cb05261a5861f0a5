import { listAt, packLists } from '../../vectors/sparse.js'
import { type Baseline, scoreEach, weighRecent } from './baseline.js'
import { numberRows } from './numbering.js'
import { invertRidge } from './ridge.js'

/**
 * EASE: the linear item-to-item model B that best restores X from X B with nothing on its diagonal, in closed form:
 * P = (X'X + lambda I)^-1, B = I - P diag(P)^-1, scores x B. `decay` 1 is the published form with a binary history x;
 * less lets newer items count more when scores are asked for.
 */
export function createEase({ lambda = 100, decay = 1 } = {}): Baseline {
  return {
    name: decay === 1 ? 'EASE' : `EASE, history decayed ${decay}^age`,
    source: `Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019; lambda ${lambda}`,
    dense: true,
    async fit({ train, items, product, pause, memory }) {
      const { rows, numbers } = numberRows(train, items)
      const users = Array.from({ length: train.offsets.length - 1 }, (_, u) =>
        listAt(train, u).map((row) => numbers[row]),
      )
      const inverse = await invertRidge(packLists(users), rows.length, { lambda, product, pause, memory })
      if (typeof inverse === 'string') return { score: null, reason: inverse }
      return {
        score: scoreEach({ items, pause }, ({ history }, scores) => {
          const x = weighRecent(history, decay)
            .map(({ row, weight }) => ({ row: numbers[row], weight }))
            .filter(({ row }) => row >= 0)
          const projected = inverse.multiply(x)
          for (let j = 0; j < rows.length; j++) scores[rows[j]] = -projected[j] / inverse.diagonal[j]
          for (const { row, weight } of x) scores[rows[row]] += weight
        }),
      }
    },
  }
}
