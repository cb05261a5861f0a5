import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../../src/columns.js'
import { adjustedMutualInformation } from '../../../src/evaluate/interests/agreement.js'
import { hdbscan } from '../../../src/evaluate/interests/hdbscan.js'
import { buildDendrogram, cutDendrogram, measurePairs } from '../../../src/evaluate/interests/linkage.js'
import { bestKMeans, PEERS } from '../../../src/evaluate/interests/peers.js'
import { areaUnderCurve } from '../../../src/metrics/reliability.js'

/** Made-up numbers and what known libraries say of them. */
const libraries = JSON.parse(readFileSync(new URL('libraries.json', import.meta.url), 'utf8'))
const points: Matrix = { data: Float32Array.from(libraries.points.flat()), rows: libraries.points.length, dims: 3 }

/** Which things stand together, whatever the groups are called: the first thing of each one's group; noise is -1. */
const groupsOf = (labels: ArrayLike<number>) =>
  Array.from(labels, (label) => (label < 0 ? -1 : Array.from(labels).indexOf(label)))

describe('adjusted mutual information', () => {
  it('is what scikit-learn says', () => {
    expect(libraries.ami.length).toBeGreaterThan(1)
    for (const { x, y, value } of libraries.ami) expect(adjustedMutualInformation(x, y)).toBeCloseTo(value, 10)
  })

  it('is 1 of equal partitions whatever their labels, about 0 by chance, and the same either way round', () => {
    expect(adjustedMutualInformation([7, 7, 3, 3, 5], [0, 0, 1, 1, 9])).toBeCloseTo(1, 12)
    expect(adjustedMutualInformation([0, 1, 2], [5, 3, 4])).toBe(1)
    expect(adjustedMutualInformation([1, 1, 1], [2, 2, 2])).toBe(1)
    const x = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    const y = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    expect(adjustedMutualInformation(x, y)).toBeLessThan(0)
    const z = [0, 0, 1, 1, 1, 1, 2, 0, 2]
    expect(adjustedMutualInformation(x, z)).toBeCloseTo(adjustedMutualInformation(z, x), 12)
  })

  it('gives nothing for one great group or for single things', () => {
    const planted = [0, 0, 0, 1, 1, 1]
    expect(adjustedMutualInformation(planted, [0, 0, 0, 0, 0, 0])).toBeCloseTo(0, 12)
    expect(adjustedMutualInformation(planted, [0, 1, 2, 3, 4, 5])).toBeCloseTo(0, 12)
  })
})

describe('the area under the curve', () => {
  it('is what scikit-learn says, ties counting half', () => {
    const { scores, hits, value } = libraries.auc
    expect(areaUnderCurve(scores, hits)).toBeCloseTo(value, 12)
    expect(areaUnderCurve([1, 1, 1], [0, 1, 1])).toBe(0.5)
    expect(areaUnderCurve([1, 2], [1, 1])).toBeNaN()
  })
})

describe('peers', () => {
  it.each([
    ['ward', 'euclidean', 0.9],
    ['average', 'cosine', 0.3],
  ] as const)('%s linkage merges and cuts as SciPy does', (method, by, height) => {
    const tree = buildDendrogram(measurePairs(points, by), points.rows, method)
    expect(tree.merges).toHaveLength(points.rows - 1)
    tree.merges.forEach(({ height: at }, m) => {
      expect(at).toBeCloseTo(libraries[method][m], 3)
    })
    expect(groupsOf(cutDendrogram(tree, height))).toEqual(groupsOf(libraries[`${method}Cut`]))
    expect(new Set(cutDendrogram(tree, Infinity)).size).toBe(1)
    expect(new Set(cutDendrogram(tree, -1)).size).toBe(points.rows)
  })

  it.each([2, 3, 4])('HDBSCAN with clusters of %i groups as scikit-learn does', (least) => {
    const labels = hdbscan(measurePairs(points, 'euclidean'), points.rows, least)
    expect(groupsOf(labels)).toEqual(groupsOf(libraries[`hdbscan${least}`]))
  })

  it('HDBSCAN calls all noise that never parts in two', () => {
    expect([...hdbscan(new Float64Array(1), 1, 2)]).toEqual([-1])
    expect([...hdbscan(measurePairs(points, 'euclidean'), points.rows, 20)]).toEqual(Array(points.rows).fill(-1))
  })

  it('k-means finds what is plainly apart', async () => {
    const clear: Matrix = { data: points.data.slice(0, 18 * 3), rows: 18, dims: 3 }
    expect(groupsOf(await bestKMeans(clear, 3))).toEqual([
      ...Array(7).fill(0),
      ...Array(5).fill(7),
      ...Array(6).fill(12),
    ])
  })

  it('give a label for each item at each of their settings', async () => {
    expect(PEERS).toHaveLength(4)
    for (const peer of PEERS) {
      expect(peer.settings.length).toBeGreaterThan(0)
      const labelsAt = await peer.open(points, 4)
      for (const setting of peer.settings) {
        const labels = labelsAt(setting)
        expect(labels).toHaveLength(points.rows)
        expect(Math.min(...labels)).toBeGreaterThanOrEqual(0)
      }
    }
  })
})
