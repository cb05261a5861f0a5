import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/random.js'
import { diversify } from '../../src/rank/diversify.js'
import { contributionOf } from '../../src/rank/scorer.js'
import { createMatrix, normaliseRows } from '../../src/vectors/matrix.js'

function vectorsOf(n: number) {
  const random = createRandom(n)
  const matrix = createMatrix(n, 8)
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = random.unit() - 0.5
  return normaliseRows(matrix)
}

const input = fc.integer({ min: 1, max: 120 }).chain((n) =>
  fc.record({
    rows: fc.constant(Int32Array.from({ length: n }, (_, i) => i)),
    logits: fc
      .array(fc.double({ min: -9, max: 3, noNaN: true }), { minLength: n, maxLength: n })
      .map((x) => Float64Array.from(x)),
    interests: fc.array(fc.integer({ min: -1, max: 2 }), { minLength: n, maxLength: n }).map((x) => Int32Array.from(x)),
    shares: fc.constant(Float64Array.of(0.6, 0.3, 0.1)),
    floors: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }).map((x) => Int32Array.from(x)),
    vectors: fc.constant(vectorsOf(n)),
    limit: fc.integer({ min: 6, max: 20 }),
    diversity: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
)

describe('diversify', () => {
  it('fills the list with distinct candidates and pays every interest what it is owed', () => {
    fc.assert(
      fc.property(input, (one) => {
        const picked = diversify(one)
        expect(picked).toHaveLength(Math.min(one.limit, one.rows.length))
        expect(new Set(picked).size).toBe(picked.length)
        one.floors.forEach((floor, interest) => {
          const there = one.interests.filter((other) => other === interest).length
          const got = picked.filter((i) => one.interests[i] === interest).length
          expect(got).toBeGreaterThanOrEqual(Math.min(floor, there, Math.floor(picked.length / 3)))
        })
      }),
    )
  })

  it('gives no interest more than its cap while others are there', () => {
    let capped = 0
    fc.assert(
      fc.property(input, fc.nat(3), (one, cap) => {
        const caps = Int32Array.of(cap, one.limit, one.limit)
        const picked = diversify({ ...one, floors: new Int32Array(3), caps })
        const of = (positions: Iterable<number>) => [...positions].filter((i) => one.interests[i] === 0).length
        const others = one.rows.length - of(one.rows)
        // Where quotas leave too few, anything fills the list.
        if (one.diversity < 0.1 && others >= one.limit) {
          expect(of(picked)).toBeLessThanOrEqual(cap)
          capped++
        }
        expect(picked).toHaveLength(Math.min(one.limit, one.rows.length))
      }),
    )
    expect(capped).toBeGreaterThan(0)
  })

  it('at 0 is the order of score', () => {
    fc.assert(
      fc.property(input, (one) => {
        const picked = diversify({ ...one, diversity: 0 })
        expect(picked).toHaveLength(Math.min(one.limit, one.rows.length))
        for (let k = 1; k < picked.length; k++)
          expect(one.logits[picked[k]]).toBeLessThanOrEqual(one.logits[picked[k - 1]])
      }),
    )
  })

  it('lets a small interest in where one would fill the list', () => {
    const rows = Int32Array.from({ length: 40 }, (_, i) => i)
    const logits = Float64Array.from(rows, (i) => -i / 10)
    const interests = Int32Array.from(rows, (i) => (i < 30 ? 0 : 1))
    const base = {
      rows,
      logits,
      interests,
      shares: Float64Array.of(0.5, 0.5),
      floors: new Int32Array(2),
      vectors: vectorsOf(40),
      limit: 10,
    }
    expect([...diversify({ ...base, diversity: 0 })].every((i) => interests[i] === 0)).toBe(true)
    expect([...diversify({ ...base, diversity: 1 })].filter((i) => interests[i] === 1)).toHaveLength(5)
  })
})

describe('a scorer term', () => {
  it('is linear, logarithmic above a scale, and piecewise linear between knots', () => {
    expect(contributionOf({ feature: 'a', weight: 2 }, 3)).toBe(6)
    expect(contributionOf({ feature: 'a', weight: 2, scale: 0.5 }, 0.5)).toBeCloseTo(2 * Math.LN2)
    expect(contributionOf({ feature: 'a', weight: 2, scale: 0.5 }, 0)).toBe(0)
    const shaped = { feature: 'a', weight: 0, knots: [0, 1, 3], steps: [0, 2, 3] }
    expect([-1, 0, 0.5, 1, 2, 3, 9].map((x) => contributionOf(shaped, x))).toEqual([0, 0, 1, 2, 2.5, 3, 3])
  })
})
