import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanRows } from '../../src/vectors/scan.js'

const numbers = (length: number) =>
  fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length })

describe('scanning rows', () => {
  it('gives the inner products of plain loops, for any length of vectors', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 9 }))
    const made = sizes.chain(([dims, rows]) =>
      fc.record({ dims: fc.constant(dims), rows: fc.constant(rows), data: numbers(dims * rows), query: numbers(dims) }),
    )
    fc.assert(
      fc.property(made, ({ dims, rows, data, query }) => {
        const matrix = { data: Float32Array.from(data), rows, dims }
        const found = scanRows(matrix, query)
        expect(found).toHaveLength(rows)
        for (let row = 0; row < rows; row++) {
          let sum = 0
          for (let k = 0; k < dims; k++) sum += data[row * dims + k] * query[k]
          expect(Math.abs(found[row] - sum)).toBeLessThan(1e-5)
        }
      }),
    )
  })

  it('gives a row the same product whichever rows it is asked with, also where memory has to grow', () => {
    const matrix = { data: Float32Array.from({ length: 300 * 33 }, (_, i) => Math.sin(i)), rows: 300, dims: 33 }
    const query = Float32Array.from({ length: 33 }, (_, i) => Math.cos(i))
    const all = scanRows(matrix, query)
    const many = Int32Array.from({ length: 100_000 }, (_, i) => (7 * i) % 300)
    const found = scanRows(matrix, query, many)
    expect(found).toHaveLength(many.length)
    found.forEach((product, i) => {
      if (product !== all[many[i]]) throw new Error(`row ${many[i]}: ${product} is not ${all[many[i]]}`)
    })
    expect([...scanRows(matrix, query, Int32Array.of(299, 0, 299))]).toEqual([all[299], all[0], all[299]])
    expect(scanRows(matrix, query, new Int32Array(0))).toHaveLength(0)
  })
})
