import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allotWishes } from '../../src/rank/quotas.js'

const wish = (boost = 1, muted = false) => ({ state: { boost, muted, pinned: false } })

describe('places of wishes', () => {
  it('are three of ten among them, by their boost', () => {
    expect([...allotWishes(10, [wish()])]).toEqual([3])
    expect([...allotWishes(10, [wish(), wish(), wish()])]).toEqual([1, 1, 1])
    expect([...allotWishes(20, [wish(), wish(0.1), wish(1, true)])]).toEqual([3, 1, 0])
    expect([...allotWishes(10, [wish(10), wish()])]).toEqual([5, 0])
    expect([...allotWishes(10, [])]).toEqual([])
  })

  it('are never more than half of the list, and never fewer for a boost', () => {
    const boosts = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), boosts, (limit, all) => {
        const places = allotWishes(
          limit,
          all.map((boost) => wish(boost)),
        )
        expect(places.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(limit / 2)
        const more = allotWishes(
          limit,
          all.map((boost, i) => wish(i === 0 ? Math.min(10, 2 * boost) : boost)),
        )
        expect(more[0]).toBeGreaterThanOrEqual(places[0])
      }),
    )
  })
})
