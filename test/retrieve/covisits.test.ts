import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Covisits,
  changeCovisits,
  countCovisits,
  forEachCovisit,
  forEachCovisitOf,
  openCovisits,
} from '../../src/retrieve/covisits.js'
import { packLists } from '../../src/vectors/sparse.js'

const ITEMS = 12

function cells(covisits: Covisits): number[][] {
  return Array.from({ length: ITEMS }, (_, row) => {
    const line = new Array<number>(ITEMS).fill(0)
    forEachCovisit(covisits, row, (column, count) => {
      line[column] += count
    })
    return line
  })
}

const history = fc.uniqueArray(fc.integer({ min: 0, max: ITEMS - 1 }), { maxLength: ITEMS })

describe('co-visits', () => {
  it('count 1/gap forward and half of it backward, in units of 1/5040, up to ten steps', () => {
    const line = cells(countCovisits(packLists([[0, 1, 2]]), ITEMS))
    expect(line[0].slice(0, 3)).toEqual([0, 5040, 2520])
    expect(line[1].slice(0, 3)).toEqual([2520, 0, 5040])
    expect(line[2].slice(0, 3)).toEqual([1260, 2520, 0])
    const long = cells(countCovisits(packLists([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]), ITEMS))
    expect(long[0][10]).toBe(504)
    expect(long[0][11]).toBe(0)
  })

  it('after changes equal counting all histories again, exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(history, history), { maxLength: 8 }),
        fc.array(history, { maxLength: 8 }),
        (changing, others) => {
          const asLists = (lists: number[][]) => packLists(lists)
          const base = countCovisits(asLists([...others, ...changing.map(([before]) => before)]), ITEMS)
          const changes = changing.map(([before, after]) => ({
            before: Int32Array.from(before),
            after: Int32Array.from(after),
          }))
          const changed = openCovisits(base, ITEMS)
          changeCovisits(changed, changes)
          const anew = countCovisits(asLists([...others, ...changing.map(([, after]) => after)]), ITEMS)
          expect(cells(changed)).toEqual(cells(anew))
          expect([...changed.rowSums]).toEqual([...anew.rowSums])
          expect([...changed.columnSums]).toEqual([...anew.columnSums])
          expect([...changed.users]).toEqual([...anew.users])
        },
      ),
    )
  })

  it('do not depend on the order of users', () => {
    const lists = [
      [0, 1, 2],
      [2, 1],
      [5, 0],
    ]
    expect(countCovisits(packLists(lists), ITEMS)).toEqual(countCovisits(packLists([...lists].reverse()), ITEMS))
  })

  it('of some columns are those of all columns, changed or not', () => {
    let counted = 0
    const columns = fc.uniqueArray(fc.integer({ min: 0, max: ITEMS - 1 }), { maxLength: 4 })
    fc.assert(
      fc.property(
        fc.array(history, { maxLength: 8 }),
        fc.array(history, { maxLength: 3 }),
        columns,
        (all, more, some) => {
          const changed = openCovisits(countCovisits(packLists(all), ITEMS), ITEMS)
          changeCovisits(
            changed,
            more.map((rows) => ({ before: new Int32Array(0), after: Int32Array.from(rows) })),
          )
          const asked = new Set(some)
          cells(changed).forEach((line, row) => {
            const found = new Array<number>(ITEMS).fill(0)
            forEachCovisitOf(changed, row, asked, (column, count) => {
              found[column] += count
              counted++
            })
            expect(found).toEqual(line.map((count, column) => (asked.has(column) ? count : 0)))
          })
        },
      ),
    )
    expect(counted).toBeGreaterThan(100)
  })
})
