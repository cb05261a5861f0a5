import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Catalogue } from '../../src/columns.js'
import { type Covisits, forEachCovisit } from '../../src/retrieve/covisits.js'
import { tellLiveliness } from '../../src/retrieve/moments.js'
import { changeStatistics, countStatistics, openStatistics, type Statistics } from '../../src/retrieve/statistics.js'
import { packLists } from '../../src/vectors/sparse.js'
import { packStrings } from '../../src/vectors/strings.js'

const ITEMS = 10
const DAY = 86_400_000
const brands = Int32Array.of(0, 0, 1, 1, 2, -1, 2, 0, -1, 1)

/** Three brands, some items without; one path of categories an item. */
const catalogue = {
  size: ITEMS,
  brands,
  brandNames: packStrings(['a', 'b', 'c']),
  categories: packLists(Array.from({ length: ITEMS }, (_, row) => (row === 4 ? [] : [0, 1 + (row % 3)]))),
  categoryNames: packStrings(['shop', 'x', 'y', 'z']),
  categoryKind: 'paths',
} as unknown as Catalogue

const user = fc.uniqueArray(fc.integer({ min: 0, max: ITEMS - 1 }), { maxLength: ITEMS }).chain((rows) =>
  fc.record({
    rows: fc.constant(Int32Array.from(rows)),
    at: fc
      .array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constant(Number.NaN)), {
        minLength: rows.length,
        maxLength: rows.length,
      })
      .map((days) => Float64Array.from(days, (day) => day * DAY)),
  }),
)
type User = { rows: Int32Array; at: Float64Array }

const count = (users: User[]) =>
  countStatistics(
    packLists(users.map(({ rows }) => rows)),
    Float64Array.from(users.flatMap(({ at }) => [...at])),
    catalogue,
  )

function cells(covisits: Covisits, n: number): number[][] {
  return Array.from({ length: n }, (_, row) => {
    const line = new Array<number>(n).fill(0)
    forEachCovisit(covisits, row, (column, units) => {
      line[column] += units
    })
    return line
  })
}

const view = ({ covisits, brandLinks, leafLinks, moments }: Statistics) => ({
  covisits: cells(covisits, ITEMS),
  brands: cells(brandLinks.links, 3),
  brandUsers: [...brandLinks.links.users],
  leaves: cells(leafLinks.links, 4),
  lively: Array.from({ length: ITEMS }, (_, row) =>
    [100, 250, 400].map((day) => tellLiveliness(moments, row, day * DAY)),
  ),
})

describe('statistics', () => {
  it('after changes for some users equal those counted again from the start', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ before: user, after: user }), { maxLength: 6 }),
        fc.array(user, { maxLength: 6 }),
        (changes, others) => {
          const opened = openStatistics(count([...others, ...changes.map(({ before }) => before)]), catalogue)
          changeStatistics(opened, changes)
          expect(view(opened)).toEqual(view(count([...others, ...changes.map(({ after }) => after)])))
        },
      ),
    )
  })

  it('count which brand follows which; an item without a brand still counts as a step', () => {
    const { brandLinks } = count([{ rows: Int32Array.of(0, 5, 2, 3), at: new Float64Array(4).fill(Number.NaN) }])
    // a .. b two and three steps apart; b, b next to each other.
    expect(cells(brandLinks.links, 3)).toEqual([
      [0, 5040 / 2 + 5040 / 3, 0],
      [(5040 / 2 + 5040 / 3) / 2, 5040 + 5040 / 2, 0],
      [0, 0, 0],
    ])
    expect([...brandLinks.links.users]).toEqual([1, 2, 0])
  })

  it('never read what is later', () => {
    const { moments } = count([
      { rows: Int32Array.of(1), at: Float64Array.of(10 * DAY) },
      { rows: Int32Array.of(1), at: Float64Array.of(200 * DAY) },
      { rows: Int32Array.of(1), at: Float64Array.of(300 * DAY) },
    ])
    expect(tellLiveliness(moments, 1, 5 * DAY)).toEqual({ recent: 0, idle: Number.NaN, age: Number.NaN })
    expect(tellLiveliness(moments, 1, 250 * DAY)).toEqual({ recent: 1, idle: 50, age: 240 })
    expect(tellLiveliness(moments, 1, 300 * DAY)).toEqual({ recent: 2, idle: 0, age: 290 })
    expect(tellLiveliness(moments, 2, 300 * DAY).recent).toBe(0)
  })
})
