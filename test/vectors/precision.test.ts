import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/columns.js'
import { createRandom } from '../../src/random.js'
import { createBytes, writeBytes } from '../../src/vectors/bytes.js'
import { createExactIndex } from '../../src/vectors/exact-index.js'
import { createMatrix, dotRows, dotVector, meanOf, normaliseRows, rowOf } from '../../src/vectors/matrix.js'
import { floatsOf, pickRows, precisionOf, readRow, toPrecision, writeRow } from '../../src/vectors/precision.js'
import { scanRows } from '../../src/vectors/scan.js'
import { readVector, writeVector } from '../../src/vectors/vector-bytes.js'

function randomVectors(rows: number, dims: number, seed: number): Matrix {
  const random = createRandom(seed)
  const matrix = createMatrix(rows, dims)
  // Groups of twenty, so that there are near and far rows.
  for (let row = 0; row < rows; row++) {
    const group = createRandom(1000 + Math.floor(row / 20))
    for (let k = 0; k < dims; k++) matrix.data[row * dims + k] = group.unit() - 0.5 + 0.7 * (random.unit() - 0.5)
  }
  return normaliseRows(matrix)
}

describe('vectors as int8', () => {
  const exact = randomVectors(600, 96, 5)
  const bytes = toPrecision(exact, 'int8')

  it('take a quarter of the bytes, keep their length, and are nowhere off by a step', () => {
    expect(precisionOf(bytes)).toBe('int8')
    expect(bytes.data.byteLength).toBe(exact.data.byteLength / 4)
    const back = floatsOf(bytes)
    for (let row = 0; row < exact.rows; row++) {
      expect(dotRows(bytes, row, bytes, row)).toBeCloseTo(1, 6)
      const most = Math.max(...rowOf(exact, row).map(Math.abs))
      rowOf(exact, row).forEach((x, k) => {
        expect(Math.abs(x - back.data[row * exact.dims + k])).toBeLessThanOrEqual((0.75 * most) / 127)
      })
    }
    expect(toPrecision(back, 'float32')).toBe(back)
    expect(toPrecision(bytes, 'int8')).toBe(bytes)
  })

  it('find what float32 finds', () => {
    const [fine, coarse] = [createExactIndex(exact), createExactIndex(bytes)]
    let agreed = 0
    for (let row = 0; row < 600; row += 3) {
      const wanted = new Set(fine.search(rowOf(exact, row), 10).rows)
      agreed += coarse.search(readRow(bytes, row), 10).rows.filter((found) => wanted.has(found)).length
    }
    expect(agreed / 2000).toBeGreaterThanOrEqual(0.99)
  })

  it('keep a row to the bit where rows are picked, also twice, and take others in', () => {
    const picked = pickRows(bytes, [4, -1, 4, 599])
    expect(readRow(picked, 0)).toEqual(readRow(bytes, 4))
    expect(readRow(picked, 2)).toEqual(readRow(bytes, 4))
    expect(readRow(picked, 1).every((x) => x === 0)).toBe(true)
    writeRow(picked, 1, rowOf(exact, 7))
    expect(readRow(picked, 1)).toEqual(readRow(bytes, 7))
    expect(pickRows(exact, [3]).data).toEqual(rowOf(exact, 3))
  })

  it('have a mean like that of the numbers they stand for', () => {
    const mean = meanOf(bytes, [1, 2, 30])
    expect(mean).toHaveLength(exact.dims)
    meanOf(floatsOf(bytes), [1, 2, 30]).forEach((x, k) => {
      expect(mean[k]).toBeCloseTo(x, 6)
    })
  })
})

describe('inner products of bytes', () => {
  const whole = (most: number, length: number) =>
    fc.array(fc.integer({ min: -most, max: most }), { minLength: length, maxLength: length })

  it('are those of plain numbers, for any rows and any length', () => {
    const made = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 6 })).chain(([dims, rows]) =>
      fc.record({
        dims: fc.constant(dims),
        rows: fc.constant(rows),
        data: whole(127, dims * rows),
        query: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: dims, maxLength: dims }),
      }),
    )
    fc.assert(
      fc.property(made, ({ dims, rows, data, query }) => {
        const bytes = { data: Int8Array.from(data), scales: new Float32Array(rows).fill(1 / 127), rows, dims }
        const floats = floatsOf(bytes)
        const vector = Float32Array.from(query)
        const scanned = scanRows(bytes, vector)
        for (let row = 0; row < rows; row++) {
          const wanted = dotVector(floats, row, vector)
          expect(dotVector(bytes, row, vector)).toBeCloseTo(wanted, 5)
          expect(dotRows(bytes, row, floats, 0)).toBeCloseTo(dotRows(floats, row, floats, 0), 4)
          expect(dotRows(floats, 0, bytes, row)).toBeCloseTo(dotRows(floats, 0, floats, row), 4)
          expect(dotRows(bytes, row, bytes, 0)).toBeCloseTo(dotRows(floats, row, floats, 0), 4)
          expect(dotRows(bytes, row, bytes, 0)).toBe(dotRows(bytes, 0, bytes, row))
          // The query is rounded to 32767 steps.
          expect(Math.abs(scanned[row] - wanted)).toBeLessThan(dims * 2e-5)
        }
      }),
    )
  })

  it('do not overflow where every number is the largest, at any width', () => {
    for (const dims of [16, 384, 1536, 8192]) {
      const bytes = createBytes(2, dims)
      writeBytes(bytes, 0, new Float32Array(dims).fill(1))
      writeBytes(bytes, 1, new Float32Array(dims).fill(-1))
      const [plus, minus] = scanRows(bytes, new Float32Array(dims).fill(1))
      expect(plus / dims).toBeCloseTo(1, 3)
      expect(minus / dims).toBeCloseTo(-1, 3)
    }
  })

  it('are the same whichever rows they are asked with', () => {
    const bytes = toPrecision(randomVectors(300, 33, 9), 'int8')
    const query = Float32Array.from({ length: 33 }, (_, i) => Math.cos(i))
    const all = scanRows(bytes, query)
    const some = Int32Array.of(299, 0, 17, 299)
    expect([...scanRows(bytes, query, some)]).toEqual([...some].map((row) => all[row]))
    expect(scanRows(bytes, query, new Int32Array(0))).toHaveLength(0)
  })

  it('of a zero vector are zero', () => {
    const bytes = toPrecision(createMatrix(2, 20), 'int8')
    expect([...scanRows(bytes, new Float32Array(20))]).toEqual([0, 0])
    expect([...scanRows(bytes, new Float32Array(20).fill(1))]).toEqual([0, 0])
    expect(dotRows(bytes, 0, bytes, 1)).toBe(0)
  })
})

describe('a vector as stored', () => {
  it.each([
    [32, 0.999999],
    [16, 0.999999],
    [8, 0.9999],
  ] as const)('in %i bits has at least this cosine with what it was: %d', (bits, least) => {
    const matrix = randomVectors(50, 384, 2)
    for (let row = 0; row < matrix.rows; row++) {
      const bytes = writeVector(rowOf(matrix, row), bits)
      const back = { data: readVector(bytes, bits, 384), rows: 1, dims: 384 }
      expect(bytes.length).toBe((384 * bits) / 8 + (bits === 32 ? 0 : 4))
      expect(dotRows(back, 0, matrix, row)).toBeGreaterThanOrEqual(least)
    }
  })
})
