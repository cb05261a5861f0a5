import { describe, expect, it } from 'vitest'
import type { Catalogue, MinedInterest } from '../../src/columns.js'
import { evidenceText, holdNames, layNames } from '../../src/mine/names/given-names.js'
import { packLists } from '../../src/vectors/sparse.js'
import { packStrings } from '../../src/vectors/strings.js'

const TITLES = [
  'Blue glass teapot',
  'Glass teapot',
  'Teapot of glass',
  'Wool scarf',
  'Red wool scarf',
  'Scarf of wool, long',
]
const catalogue = {
  titles: packStrings(TITLES),
  brands: Int32Array.from(TITLES, (_, i) => (i === 1 ? 0 : -1)),
  brandNames: packStrings(['Acme']),
  categories: packLists(TITLES.map((_, i) => Int32Array.from(i < 3 ? [0, 1] : []))),
  categoryNames: packStrings(['Shop', 'Shop > Tea']),
} as Catalogue

const interest = (label: string, rows: number[], level: MinedInterest['level'] = 'point') =>
  ({ id: label, label, head: label, modifiers: [], level, rows: Int32Array.from(rows) }) as unknown as MinedInterest
const given = (label: string, rows: number[]) => ({ label, head: label, modifiers: [], rows: Int32Array.from(rows) })
const lay = (interests: MinedInterest[], names: ReturnType<typeof given>[]) =>
  layNames({ interests, unassigned: new Int32Array(0) }, holdNames(names, catalogue)).interests.map(
    ({ label }) => label,
  )

describe('given names', () => {
  it('go to the interest that holds half of their items or more', () => {
    const mined = [interest('teapot', [0, 1, 2]), interest('scarf', [3, 4, 5])]
    expect(lay(mined, [given('Scarfs of wool', [3, 4])])).toEqual(['teapot', 'Scarfs of wool'])
    expect(lay(mined, [given('Scarfs of wool', [0, 1, 3])])).toEqual(['teapot', 'scarf'])
    expect(lay(mined, [])).toEqual(['teapot', 'scarf'])
  })

  it('of the most similar items come first, then the latest', () => {
    const mined = [interest('teapot', [0, 1, 2])]
    expect(lay(mined, [given('Glass teapots', [0, 1, 2]), given('Teapots of glass', [0, 1])])).toEqual([
      'Glass teapots',
    ])
    expect(lay(mined, [given('Glass teapots', [0, 1]), given('Teapots of glass', [0, 1])])).toEqual([
      'Teapots of glass',
    ])
  })

  it('are dropped when their words are no longer in half of the evidence', () => {
    expect(lay([interest('teapot', [0, 1, 2])], [given('Blue teapots', [0, 1])])).toEqual(['teapot'])
    expect(lay([interest('things', [0, 1, 3, 4])], [given('Glass teapots', [0, 1])])).toEqual(['Glass teapots'])
    expect(lay([interest('things', [0, 1, 3, 4, 5])], [given('Glass teapots', [0, 1])])).toEqual(['things'])
  })

  it('differ from every other label of the user, and never go to a domain', () => {
    const two = [interest('a', [0, 1]), interest('b', [2, 1])]
    expect(lay(two, [given('Teapots', [0, 1]), given('Teapots', [2, 1])])).toEqual(['Teapots', 'b'])
    expect(lay([interest('glass teapots', [3]), interest('b', [0, 1])], [given('Glass Teapots', [0, 1])])).toEqual([
      'glass teapots',
      'b',
    ])
    expect(lay([interest('Tea', [0, 1, 2], 'domain')], [given('Glass teapots', [0, 1, 2])])).toEqual(['Tea'])
  })

  it('are checked against title, brand and finest categories', () => {
    expect([0, 1, 3].map((row) => evidenceText(catalogue, row))).toEqual([
      'Blue glass teapot (Shop, Tea)',
      'Acme Glass teapot (Shop, Tea)',
      'Wool scarf',
    ])
  })
})
