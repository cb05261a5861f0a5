import { listAt, packLists } from '../../vectors/sparse.js'
import { type Baseline, scoreEach, weighRecent } from './baseline.js'
import { numberRows } from './numbering.js'
import { invertRidge } from './ridge.js'

/**
 * EASE (Steck, WWW 2019): the linear item-to-item model B with a zero diagonal that best reconstructs X as X B, in
 * closed form: P = (X'X + lambda I)^-1, B = I - P diag(P)^-1, scores x B. `decay` 1 is the published form with a binary
 * history x; with less, newer items weigh more in x.
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
