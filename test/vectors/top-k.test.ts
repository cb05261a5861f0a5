import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTopK, topOf } from '../../src/vectors/top-k.js'

describe('top k', () => {
  it('keeps what sorting keeps, ties to the smaller row, whatever the order of the stream', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 })),
        fc.integer({ min: 0, max: 12 }),
        fc.gen(),
        (values, k, gen) => {
          const order = [...values.keys()].sort(() => gen(fc.integer, { min: -1, max: 1 }))
          const top = createTopK(k)
          for (const row of order) top.offer(row, values[row])
          const expected = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b).slice(0, k)
          expect([...top.take().rows]).toEqual(expected)
        },
      ),
    )
  })

  it('is empty after it was taken from', () => {
    const top = createTopK(2)
    top.offer(1, 5)
    top.take()
    expect(top.take().rows).toHaveLength(0)
  })

  it('leaves out what is excluded', () => {
    expect([...topOf([1, -Infinity, 3], 5).rows]).toEqual([2, 0])
  })
})
