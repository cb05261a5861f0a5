import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  catalogueCoverage,
  countExposures,
  forLists,
  giniOf,
  intraListDiversity,
  meanPopularity,
  miscalibration,
  noveltyOf,
  popularityLift,
  sharesOf,
} from '../../src/evaluate/ranking/list-metrics.js'
import { CUTOFFS, ndcgAt, rankOf, recallAt, reciprocalRankAt } from '../../src/metrics/metrics.js'
import { constantLogLoss, logLoss, reliabilityTable } from '../../src/metrics/reliability.js'
import { packLists } from '../../src/vectors/sparse.js'

/** Made-up numbers and what known libraries say of them. */
const libraries = JSON.parse(readFileSync(new URL('libraries.json', import.meta.url), 'utf8'))

describe('the rank of a target', () => {
  it('is counted from 0, ties at the mean of their places', () => {
    const scores = [5, 1, 3, 3, 3]
    expect(scores.map((_, target) => rankOf(scores, target))).toEqual([0, 4, 2, 2, 2])
    expect(rankOf([1, 1], 0)).toBe(0.5)
  })

  it('passes over what is excluded and what has no score', () => {
    const scores = [9, 8, 7, Number.NaN, -Infinity]
    expect(rankOf(scores, 2, Uint8Array.of(1, 0, 0, 0, 0))).toBe(1)
    expect(rankOf(scores, 2, (row) => row < 2)).toBe(0)
    expect(rankOf(scores, 2, (row) => row === 2)).toBe(Infinity)
    expect(rankOf(scores, 3)).toBe(Infinity)
    expect(rankOf(scores, 4)).toBe(Infinity)
  })

  it('agrees with rankdata of scipy on ties', () => {
    const { scores, ranks } = libraries.ties
    expect(scores.map((_: number, target: number) => rankOf(scores, target))).toEqual(ranks)
  })
})

describe('metrics of a rank', () => {
  it('are those worked by hand', () => {
    expect([0, 1, 2, 9, 10, Infinity].map((rank) => recallAt(rank, 10))).toEqual([1, 1, 1, 1, 0, 0])
    expect([0, 2, 9, 10, Infinity].map((rank) => ndcgAt(rank, 10))).toEqual([1, 0.5, 1 / Math.log2(11), 0, 0])
    expect([0, 1, 4, 5, Infinity].map((rank) => reciprocalRankAt(rank, 5))).toEqual([1, 0.5, 0.2, 0, 0])
  })

  it('agree with ranx and scikit-learn', () => {
    const { scores, targets, each, mean } = libraries.ranking
    const ranks: number[] = scores.map((row: number[], q: number) => rankOf(row, targets[q]))
    for (const k of CUTOFFS) {
      ranks.forEach((rank, q) => {
        expect(recallAt(rank, k)).toBeCloseTo(each[`recall@${k}`][q], 12)
        expect(recallAt(rank, k)).toBeCloseTo(each[`hit_rate@${k}`][q], 12)
        expect(ndcgAt(rank, k)).toBeCloseTo(each[`ndcg@${k}`][q], 12)
        expect(reciprocalRankAt(rank, k)).toBeCloseTo(each[`mrr@${k}`][q], 12)
      })
      const ours = ranks.reduce((sum, rank) => sum + ndcgAt(rank, k), 0) / ranks.length
      expect(ours).toBeCloseTo(mean[`ndcg@${k}`], 12)
    }
  })
})

describe('metrics of lists', () => {
  const lists = packLists([
    [0, 1],
    [1, 2],
    [1, 0],
  ])
  const users = [8, 4, 1, 0]

  it('coverage, exposure and Gini', () => {
    expect(catalogueCoverage(lists, 6)).toBe(0.5)
    expect([...countExposures(lists, 4)]).toEqual([2, 3, 1, 0])
    expect(giniOf(Float64Array.of(3, 3, 3))).toBeCloseTo(0)
    expect(giniOf(Float64Array.of(0, 0, 0, 1))).toBeCloseTo(0.75)
    // Mean absolute difference over twice the mean: (1 + 2 + 3 + 1 + 2 + 1) * 2 / 16 / (2 * 1.5).
    expect(giniOf(countExposures(lists, 4))).toBeCloseTo(20 / 16 / 3)
    expect(giniOf(new Float64Array(3))).toBe(0)
  })

  it('diversity within a list', () => {
    const vectors = { data: Float32Array.of(1, 0, 0, 1, -1, 0), rows: 3, dims: 2 }
    expect(intraListDiversity([0, 1], vectors)).toBe(1)
    expect(intraListDiversity([0, 0], vectors)).toBe(0)
    expect(intraListDiversity([0, 1, 2], vectors)).toBeCloseTo((1 + 2 + 1) / 3)
    expect(intraListDiversity([0], vectors)).toBeNaN()
  })

  it('novelty and popularity', () => {
    expect(noveltyOf([0, 1, 2], users, 8)).toBeCloseTo((0 + 1 + 3) / 3)
    expect(noveltyOf([3], users, 8)).toBe(3)
    expect(noveltyOf([], users, 8)).toBeNaN()
    expect(meanPopularity([0, 1], users)).toBe(6)
    expect(popularityLift([0, 1], [1], users)).toBe(1.5)
    expect(popularityLift([0], [3], users)).toBeNaN()
    expect(popularityLift([0], [], users)).toBeNaN()
    expect([...forLists(lists, (rows) => meanPopularity(rows, users))]).toEqual([6, 2.5, 6])
  })

  it('calibration to interests', () => {
    expect([...sharesOf([0, 1, 1, -1], 2)]).toEqual([0.25, 0.5, 0.25])
    expect([...sharesOf([0, -1], 1, [3, 1])]).toEqual([0.75, 0.25])
    expect([...sharesOf([], 1)]).toEqual([0, 0])
    expect(miscalibration([0.5, 0.5], [0.5, 0.5])).toBeCloseTo(0)
    expect(miscalibration([1, 0], [0, 1])).toBeCloseTo(Math.log(100))
    const { history, list, divergence } = libraries.interests
    expect(miscalibration(history, list)).toBeCloseTo(divergence, 12)
  })
})

describe('reliability', () => {
  it('is told in bins of equal mass, equal scores together', () => {
    const { rows, ece } = reliabilityTable([0.1, 0.2, 0.2, 0.2, 0.9, 0.7], [0, 0, 1, 0, 1, 1], 3)
    expect(rows.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0.1, 0.2, 4],
      [0.7, 0.9, 2],
    ])
    expect(rows.map(({ observed }) => observed)).toEqual([0.25, 1])
    expect(rows[0].predicted).toBeCloseTo(0.175)
    expect(ece).toBeCloseTo((4 / 6) * 0.075 + (2 / 6) * 0.2)
  })

  it('agrees with scikit-learn, and so does log loss', () => {
    const { scores, hits, predicted, observed, ...loss } = libraries.reliability
    const { rows } = reliabilityTable(scores, hits)
    expect(rows).toHaveLength(predicted.length)
    rows.forEach((row, i) => {
      expect(row.predicted).toBeCloseTo(predicted[i], 12)
      expect(row.observed).toBeCloseTo(observed[i], 12)
    })
    expect(logLoss(scores, hits)).toBeCloseTo(loss.logLoss, 12)
    expect(constantLogLoss(hits)).toBeCloseTo(loss.constantLogLoss, 12)
  })

  it('stays finite at the edges', () => {
    expect(logLoss([0, 1], [1, 0])).toBeGreaterThan(30)
    expect(logLoss([0, 1], [0, 1])).toBeCloseTo(0)
    expect(constantLogLoss([1, 1])).toBe(0)
  })
})
