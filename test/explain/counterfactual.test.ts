import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCounterfactual } from '../../src/explain/counterfactual.js'

describe('a counterfactual', () => {
  it('is a set without which the item is gone, and none of it can be spared', () => {
    let named = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { minLength: 1, maxLength: 5 }), {
          minLength: 1,
          maxLength: 4,
        }),
        (n, supports) => {
          // Listed while any of these sets of supporters is whole.
          const held = supports.map((set) => set.filter((row) => row < n)).filter((set) => set.length > 0)
          const isListed = (without: ReadonlySet<number>) => held.some((set) => set.every((row) => !without.has(row)))
          const ordered = Array.from({ length: n }, (_, i) => i)
          fc.pre(held.length > 0)
          const found = findCounterfactual(ordered, (without) => (isListed(without) ? null : [...without]))
          if (!('remove' in found)) return expect(found.reason).toBe('limit')
          named++
          expect(isListed(new Set(found.remove))).toBe(false)
          expect(found.after).toEqual(found.remove)
          for (const row of found.remove)
            expect(isListed(new Set(found.remove.filter((other) => other !== row)))).toBe(true)
        },
      ),
    )
    expect(named).toBeGreaterThan(10)
  })

  it('says that the item stays whatever is left out', () => {
    expect(findCounterfactual([1, 2, 3], () => null)).toEqual({ reason: 'still-listed' })
  })

  it('tries no set twice', () => {
    const tried: string[] = []
    const found = findCounterfactual([1, 2, 3, 4, 5], (without) => {
      tried.push([...without].sort().join())
      return without.has(2) && without.has(5) ? [...without] : null
    })
    expect(found).toEqual({ remove: [2, 5], after: [2, 5] })
    expect(new Set(tried).size).toBe(tried.length)
  })

  it('gives up within a bounded number of answers', () => {
    let answers = 0
    const rows = Array.from({ length: 5000 }, (_, i) => i)
    findCounterfactual(rows, (without) => {
      answers++
      return without.size < 4000 ? null : without.size
    })
    expect(answers).toBeLessThanOrEqual(100)
  })
})
