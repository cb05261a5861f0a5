import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/columns.js'
import { fitSpace, placeVector } from '../../src/mine/space/space.js'
import { createRandom } from '../../src/random.js'
import { decomposeSymmetric } from '../../src/vectors/eigen.js'
import { createMatrix, rowOf } from '../../src/vectors/matrix.js'
import { packLists } from '../../src/vectors/sparse.js'
import { scatter } from './model.js'

const NO_HISTORY = packLists([])

describe('decomposeSymmetric', () => {
  it('gives orthonormal vectors that rebuild the matrix, largest value first', async () => {
    const n = 24
    const random = createRandom(5)
    const matrix = new Float64Array(n * n)
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.unit() - 0.5
    const { values, vectors } = await decomposeSymmetric(matrix.slice(), n)
    for (let i = 0; i < n; i++) {
      if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1])
      for (let j = 0; j < n; j++) {
        let product = 0
        let rebuilt = 0
        for (let k = 0; k < n; k++) {
          product += vectors[i * n + k] * vectors[j * n + k]
          rebuilt += values[k] * vectors[k * n + i] * vectors[k * n + j]
        }
        expect(product).toBeCloseTo(i === j ? 1 : 0, 9)
        expect(rebuilt).toBeCloseTo(matrix[i * n + j], 9)
      }
    }
  })

  it('survives matrices without off-diagonal entries, of rank one, and of size one', async () => {
    expect([...(await decomposeSymmetric(Float64Array.of(3), 1)).values]).toEqual([3])
    expect([...(await decomposeSymmetric(Float64Array.of(1, 0, 0, 2), 2)).values]).toEqual([2, 1])
    const ones = await decomposeSymmetric(new Float64Array(25).fill(1), 5)
    expect(ones.values[0]).toBeCloseTo(5, 9)
    expect(ones.values[1]).toBeCloseTo(0, 9)
  })
})

describe('fitSpace', () => {
  it.each([1, 2, 14])('works for %i items', async (n) => {
    const space = await fitSpace({ vectors: scatter(n, 16, 2, 0.3), history: packLists([[0]]), seed: 1 })
    expect(space.z.rows).toBe(n)
    expect(space.z.dims).toBe(space.dims)
    expect(space.z.data.every((x) => Number.isFinite(x))).toBe(true)
    expect([space.dims > 0, space.within.length, space.between.length]).toEqual([true, space.dims, space.dims])
    expect(space.within.every((x) => x > 0) && space.between.every((x) => x > 0)).toBe(true)
  })

  it('works where all vectors are the same', async () => {
    const vectors = createMatrix(6, 8)
    for (let row = 0; row < 6; row++) vectors.data[row * 8] = 1
    const space = await fitSpace({ vectors, history: NO_HISTORY, seed: 1 })
    expect([space.z.data.length, space.within.length]).toEqual([6 * space.dims, space.dims])
    expect(space.z.data.every((x) => Number.isFinite(x))).toBe(true)
    expect(space.dims).toBeGreaterThan(0)
    expect(space.within.every((x) => x > 0)).toBe(true)
  })

  it('separates kinds: more variance between than within along the first axis', async () => {
    const space = await fitSpace({ vectors: scatter(120, 24, 3, 0.4), history: NO_HISTORY, seed: 1 })
    expect(space.between[0]).toBeGreaterThan(3 * space.within[0])
  })

  it('is the same for the same seed', async () => {
    const input = {
      vectors: scatter(80, 16, 4, 0.6),
      history: packLists([
        [0, 40],
        [1, 41, 2],
      ]),
      seed: 3,
    }
    expect(await fitSpace(input)).toEqual(await fitSpace(input))
  })

  it('places a vector where the same vector without co-visits was fitted', async () => {
    const vectors = scatter(60, 16, 3, 0.5)
    const space = await fitSpace({ vectors, history: packLists([[0, 1]]), seed: 1 })
    const placed = placeVector(space, rowOf(vectors, 30))
    expect([placed.length, space.dims > 0]).toEqual([space.dims, true])
    placed.forEach((x, d) => {
      expect(x).toBeCloseTo(rowOf(space.z, 30)[d], 5)
    })
  })

  it('draws items together that the same people take, by the published formula', async () => {
    const vectors = scatter(40, 12, 2, 0.5)
    const distance = (z: Matrix) => Math.hypot(...rowOf(z, 0).map((x, d) => x - rowOf(z, 39)[d]))
    const apart = await fitSpace({ vectors, history: NO_HISTORY, seed: 1 })
    const joined = await fitSpace({
      vectors,
      history: packLists([
        [0, 39],
        [39, 0],
        [0, 39],
      ]),
      seed: 1,
    })
    expect(distance(joined.z)).toBeLessThan(distance(apart.z))
    // A user's repeated item and a user with one item change nothing.
    const same = await fitSpace({ vectors, history: packLists([[0, 39, 39], [39, 0], [0, 39], []]), seed: 1 })
    expect(same.z.data).toHaveLength(joined.z.data.length)
    same.z.data.forEach((x, i) => {
      expect(x).toBeCloseTo(joined.z.data[i], 5)
    })
  })

  it('awaits its pause, and stops where that throws', async () => {
    const stop = fitSpace({
      vectors: scatter(400, 64, 4, 0.5),
      history: NO_HISTORY,
      seed: 1,
      pause: () => Promise.reject(new Error('stopped')),
    })
    await expect(stop).rejects.toThrow('stopped')
  })
})
