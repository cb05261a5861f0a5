import { describe, expect, it } from 'vitest'
import { effectsOf } from '../../src/answer/effects.js'
import { read, readWithout } from '../../src/answer/read.js'
import { openScoring, readDepth } from '../../src/answer/score.js'
import type { Catalogue, History } from '../../src/columns.js'
import { plainHistory } from '../../src/mine/history.js'
import type { Model } from '../../src/model/model.js'
import { createRandom } from '../../src/random.js'
import { DEFAULT_SCORER } from '../../src/rank/default-scorer.js'
import { findNeighbours } from '../../src/retrieve/neighbours.js'
import { countStatistics } from '../../src/retrieve/statistics.js'
import { createMatrix, normaliseRows } from '../../src/vectors/matrix.js'
import { packLists } from '../../src/vectors/sparse.js'
import { packStrings } from '../../src/vectors/strings.js'

const ITEMS = 120
const DIMS = 16
const random = createRandom(5)
const ROWS = Array.from({ length: ITEMS }, (_, row) => row)
function shuffle(): number[] {
  const keys = ROWS.map(() => random.unit())
  return [...ROWS].sort((a, b) => keys[a] - keys[b])
}

const catalogue = {
  size: ITEMS,
  removed: new Uint8Array(ITEMS),
  brands: Int32Array.from(ROWS, (row) => (row % 7) - 1),
  brandNames: packStrings(['a', 'b', 'c', 'd', 'e', 'f']),
  categories: packLists(ROWS.map((row) => [0, 1 + (row % 4)])),
  categoryNames: packStrings(['shop', 'v', 'w', 'x', 'y']),
  categoryKind: 'paths',
  prices: Float32Array.from(ROWS, (row) => (row % 9 === 0 ? Number.NaN : 5 + row)),
} as unknown as Catalogue

/** Unit vectors around one direction, so that many are alike. */
function matrixOf() {
  const matrix = createMatrix(ITEMS, DIMS)
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = random.unit() - 0.3
  return normaliseRows(matrix)
}

async function modelOf(): Promise<Model> {
  const vectors = matrixOf()
  const histories = Array.from({ length: 60 }, () => shuffle().slice(0, 8))
  const days = Float64Array.from(histories.flat(), (_, i) => (i % 500) * 86_400_000)
  return {
    catalogue,
    vectors,
    ...countStatistics(packLists(histories), days, catalogue),
    neighbours: await findNeighbours(vectors, null, async () => {}),
    loose: new Int32Array(0),
    adapter: {
      inputs: matrixOf(),
      outputs: matrixOf(),
      bias: new Float32Array(ITEMS),
      ages: Float32Array.from({ length: 20 }, (_, age) => 1 / (1 + age)),
      scale: 4,
    },
    scorer: { ...DEFAULT_SCORER, terms: [...DEFAULT_SCORER.terms, { feature: 'adapter', weight: 0.5 }] },
    modalities: [],
  } as unknown as Model
}

const weigh = (history: History, weightOf: (i: number) => number): History => ({
  ...history,
  weights: history.weights.map((_, i) => weightOf(i)),
})
const dislike = (history: History, rows: number[]): History => ({
  ...history,
  dislikedRows: Int32Array.from(rows),
  dislikedWeights: Float64Array.from(rows, (row) => (row % 2 ? 1 : 0.5)),
  dislikedAt: new Float64Array(rows.length),
})

describe('features', () => {
  it('of few rows, asked alone, are those found when all is gathered', async () => {
    const model = await modelOf()
    for (let round = 0; round < 20; round++) {
      const order = shuffle()
      const history = weigh(plainHistory(order.slice(0, 1 + 2 * round)), (i) => 1 + (i % 3))
      const rows = Int32Array.from(order.slice(-9))
      const whole = openScoring(model, history)
      whole.signals()
      const expected = whole.featuresOf(rows, [], () => 0)
      expect(openScoring(model, history).featuresOf(rows, [], () => 0)).toEqual(expected)
      expect(openScoring(model, history).featuresOf(rows.slice(3, 4), [], () => 0)).toEqual(
        expected.slice(3 * (expected.length / 9), 4 * (expected.length / 9)),
      )
    }
  })

  it('take the worst of many dislikes as of few', async () => {
    const model = await modelOf()
    const order = shuffle()
    const history = plainHistory(order.slice(0, 5))
    const disliked = order.slice(5, 25)
    const rows = Int32Array.from(order.slice(30))
    const scoresOf = (rowsDisliked: number[]) =>
      openScoring(model, dislike(history, rowsDisliked)).featuresOf(rows, [], () => 0)
    const each = disliked.map((row) => scoresOf([row]))
    const worst = each[0].map((_, i) => Math.max(...each.map((values) => values[i])))
    expect(scoresOf(disliked)).toEqual(worst)
    expect(worst).not.toEqual(scoresOf([]))
  })
})

describe('effects', () => {
  it('of a long history are what scoring without each item gives', async () => {
    const model = await modelOf()
    const order = shuffle()
    const history = weigh(plainHistory(order.slice(0, 100)), (i) => Math.log2(2 + (i % 4)))
    expect(history.rows.length).toBeGreaterThan(readDepth(model) + 50)
    const reading = read(model, { user: 'u', history, edits: [] }, Number.NaN)
    const row = order[110]
    const [logit] = reading.scoreOf([row])
    const positions = Array.from(history.rows.keys())
    const found = effectsOf(model, reading, Int32Array.of(row), Float64Array.of(logit), [positions], Number.NaN)
    const effects = Float64Array.from(found[0], ({ effect }) => effect)
    expect(found[0].map(({ position }) => position)).toEqual(positions)
    const anew = Float64Array.from(
      history.rows,
      (other) => logit - readWithout(model, reading, [other], Number.NaN).scoreOf([row])[0],
    )
    expect(effects).toEqual(anew)
    const oldest = anew.slice(0, 50)
    // Old items matter by the mean weight alone: a few values, not one for each.
    expect(oldest.some((effect) => effect !== 0)).toBe(true)
    expect(new Set(oldest).size).toBeLessThan(25)
  })
})
