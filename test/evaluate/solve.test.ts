import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/columns.js'
import { invertRidge } from '../../src/evaluate/baselines/ridge.js'
import { bytesOfInverse, invertMatrix, whyNotInvert } from '../../src/evaluate/baselines/solve.js'
import { createRandom } from '../../src/random.js'
import { createMatrix, plainProduct } from '../../src/vectors/matrix.js'
import { openProduct } from '../../src/vectors/onnx-runtime.js'
import { packLists } from '../../src/vectors/sparse.js'

const pause = async () => {}

/** A Gram matrix of random rows plus 5 on the diagonal. */
function positiveDefinite(n: number): Matrix {
  const random = createRandom(n)
  const rows = createMatrix(n, 20)
  for (let i = 0; i < rows.data.length; i++) rows.data[i] = random.unit() - 0.3
  const gram = { data: plainProduct(rows, rows), rows: n, dims: n }
  for (let i = 0; i < n; i++) gram.data[i * n + i] += 5
  return gram
}

/** Gauss-Jordan with row exchanges, in double precision. */
function naiveInverse({ data, rows: n }: Matrix): number[][] {
  const a = Array.from({ length: n }, (_, i) => [
    ...data.subarray(i * n, (i + 1) * n),
    ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)),
  ])
  for (let k = 0; k < n; k++) {
    let best = k
    for (let i = k; i < n; i++) if (Math.abs(a[i][k]) > Math.abs(a[best][k])) best = i
    ;[a[k], a[best]] = [a[best], a[k]]
    a[k] = a[k].map((x) => x / a[k][k])
    for (let i = 0; i < n; i++) {
      const factor = a[i][k]
      if (i !== k && factor !== 0) for (let j = 0; j < 2 * n; j++) a[i][j] -= factor * a[k][j]
    }
  }
  return a.map((row) => row.slice(n))
}

function expectClose(found: Matrix, expected: number[][]) {
  let worst = 0
  expected.forEach((row, i) => {
    row.forEach((value, j) => {
      worst = Math.max(worst, Math.abs(found.data[i * found.dims + j] - value))
    })
  })
  expect(worst).toBeLessThan(1e-5)
}

describe('the inverse of a symmetric matrix', () => {
  // Within one small block, in several, on the edges of blocks.
  it.each([1, 5, 64, 65, 128, 200])('of %i rows is that of plain elimination', async (n) => {
    const matrix = positiveDefinite(n)
    const expected = naiveInverse(matrix)
    // What stands above the diagonal is not read.
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) matrix.data[i * n + j] = Number.NaN
    await invertMatrix(matrix, null, pause)
    expectClose(matrix, expected)
  })

  it('gives the unit matrix when multiplied, on native code and in several large blocks', async () => {
    const product = await openProduct()
    const n = 1500
    const matrix = positiveDefinite(n)
    const original = { ...matrix, data: matrix.data.slice() }
    await invertMatrix(matrix, product, pause)
    const unit = await product!(original, matrix)
    let worst = 0
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) worst = Math.max(worst, Math.abs(unit[i * n + j] - (i === j ? 1 : 0)))
    expect(worst).toBeLessThan(1e-3)
  })

  it('is refused beyond the memory, and beyond what plain loops can do', () => {
    expect(whyNotInvert(1000, null, bytesOfInverse(1000))).toBeNull()
    expect(whyNotInvert(1000, null, bytesOfInverse(1000) - 1)).toMatch(/inverting 1000 rows takes \d+ MB/)
    expect(whyNotInvert(10_000, null, Infinity)).toMatch(/without ONNX Runtime/)
  })
})

describe('a ridge inverse', () => {
  const lists = packLists([[0, 1, 2], [1, 3], [], [0, 3, 4], [2]])
  const options = { lambda: 2, product: null, pause, memory: Infinity }
  const x = [
    { row: 1, weight: 1 },
    { row: 4, weight: 0.5 },
  ]

  it.each([
    ['over users, who are fewer', lists],
    ['over items, who are fewer', packLists([...Array(4)].flatMap(() => [[0, 1, 2], [1, 3], [0, 3, 4], [2]]))],
  ])('%s, is that of the whole matrix', async (_, given) => {
    const gram = createMatrix(5, 5)
    for (let u = 0; u < given.offsets.length - 1; u++) {
      const list = given.values.subarray(given.offsets[u], given.offsets[u + 1])
      for (const i of list) for (const j of list) gram.data[i * 5 + j]++
    }
    for (let i = 0; i < 5; i++) gram.data[i * 6] += 2
    const expected = naiveInverse(gram)
    const inverse = await invertRidge(given, 5, options)
    if (typeof inverse === 'string') throw new Error(inverse)
    const projected = inverse.multiply(x)
    for (let j = 0; j < 5; j++) {
      expect(inverse.diagonal[j]).toBeCloseTo(expected[j][j], 5)
      expect(projected[j]).toBeCloseTo(expected[1][j] + 0.5 * expected[4][j], 5)
    }
  })

  it('says why where it does not fit', async () => {
    expect(await invertRidge(lists, 5, { ...options, memory: 10 })).toMatch(/the limit is/)
  })
})
