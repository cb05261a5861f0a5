import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/columns.js'
import { createRandom } from '../../src/random.js'
import { findNeighboursByCells } from '../../src/retrieve/cell-neighbours.js'
import { findNeighbours } from '../../src/retrieve/neighbours.js'
import { createCellIndex } from '../../src/vectors/cell-index.js'
import { formCells } from '../../src/vectors/cells.js'
import { createExactIndex } from '../../src/vectors/exact-index.js'
import { createMatrix, dotRows, normaliseRows, rowOf } from '../../src/vectors/matrix.js'
import { listAt } from '../../src/vectors/sparse.js'

const ROWS = 4000
const DIMS = 24
const K = 20
const noPause = async () => undefined

/** Rows about 100 centres, as items of a shop lie about what they are. */
function clusteredVectors(): Matrix {
  const random = createRandom(5)
  const number = () => random.unit() + random.unit() - 1
  const centres = Array.from({ length: 100 }, () => Array.from({ length: DIMS }, number))
  const matrix = createMatrix(ROWS, DIMS)
  for (let row = 0; row < ROWS; row++) {
    const centre = centres[random.below(centres.length)]
    rowOf(matrix, row).set(centre.map((x) => x + 0.5 * number()))
  }
  return normaliseRows(matrix)
}

const vectors = clusteredVectors()
const cells = await formCells(vectors, null, noPause)
const none = new Uint8Array(ROWS)

describe('cells', () => {
  it('hold every row once, in the cell whose centre is nearest', () => {
    expect(Array.from(cells.members.values).sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i))
    expect(cells.centroids.rows).toBeGreaterThan(7)
    for (let cell = 0; cell < cells.centroids.rows; cell += 7) {
      for (const row of listAt(cells.members, cell)) {
        const own = dotRows(vectors, row, cells.centroids, cell)
        for (let other = 0; other < cells.centroids.rows; other++) {
          expect(dotRows(vectors, row, cells.centroids, other)).toBeLessThanOrEqual(own + 1e-6)
        }
      }
    }
  })

  it('are the same for the same vectors', async () => {
    expect(await formCells(vectors, null, noPause)).toEqual(cells)
  })

  it('stop where the pause throws', async () => {
    let left = 3
    const stop = async () => {
      if (left-- === 0) throw new Error('stopped')
    }
    await expect(formCells(vectors, null, stop)).rejects.toThrow('stopped')
  })
})

describe('neighbours by cells', () => {
  it('are nearly all of the nearest, each as near as it says, best first, never the row itself', async () => {
    const exact = await findNeighbours(vectors, null, noPause)
    const found = await findNeighboursByCells(vectors, cells, K, null, noPause)
    let agreed = 0
    for (let row = 0; row < ROWS; row++) {
      const rows = found.rows.subarray(row * K, (row + 1) * K)
      const similarities = found.similarities.subarray(row * K, (row + 1) * K)
      const wanted = new Set(exact.rows.subarray(row * exact.k, row * exact.k + K))
      agreed += rows.filter((other) => wanted.has(other)).length
      expect(new Set(rows).size).toBe(K)
      expect(rows).not.toContain(row)
      if (row % 50 > 0) continue
      rows.forEach((other, i) => {
        expect(similarities[i]).toBeCloseTo(dotRows(vectors, row, vectors, other), 5)
        if (i > 0) expect(similarities[i]).toBeLessThanOrEqual(similarities[i - 1])
      })
    }
    expect(agreed / (ROWS * K)).toBeGreaterThanOrEqual(0.97)
  })

  it('are fewer where the cells hold fewer', async () => {
    const few: Matrix = { data: vectors.data.subarray(0, 3 * DIMS), rows: 3, dims: DIMS }
    const found = await findNeighboursByCells(few, await formCells(few, null, noPause), 5, null, noPause)
    expect(Array.from(found.rows.subarray(0, 5)).sort((a, b) => a - b)).toEqual([-1, -1, -1, 1, 2])
    expect(Array.from(found.similarities.subarray(2, 5))).toEqual([0, 0, 0])
  })
})

describe('search by cells', () => {
  const exact = createExactIndex(vectors)
  const index = createCellIndex(vectors, cells, none, new Int32Array(0))

  it('finds what exact search finds', () => {
    let agreed = 0
    for (let row = 0; row < 200; row++) {
      const wanted = new Set(exact.search(rowOf(vectors, row), 10).rows)
      agreed += index.search(rowOf(vectors, row), 10).rows.filter((found) => wanted.has(found)).length
    }
    expect(agreed / 2000).toBeGreaterThanOrEqual(0.99)
  })

  it('gives n results through any filter that lets n pass', () => {
    for (const every of [2, 100, 3000]) {
      const allow = (row: number) => row % every === 1
      const found = index.search(rowOf(vectors, 3), 2, allow)
      expect(found.rows).toHaveLength(2)
      expect(found.rows.every(allow)).toBe(true)
    }
  })

  it('never returns removed rows, and finds changed ones wherever they lie now', () => {
    const removed = none.slice()
    removed[10] = 1
    const moved = { ...vectors, data: vectors.data.slice() }
    rowOf(moved, 77).set(rowOf(vectors, 10))
    const changed = createCellIndex(moved, cells, removed, Int32Array.of(77))
    const { rows, similarities } = changed.search(rowOf(vectors, 10), 5)
    expect(rows).not.toContain(10)
    expect(rows[0]).toBe(77)
    expect(similarities[0]).toBeCloseTo(1, 5)
    expect(new Set(rows).size).toBe(5)
  })
})
