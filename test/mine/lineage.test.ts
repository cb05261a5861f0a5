import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MinedInterest, Profile } from '../../src/columns.js'
import { type EarlierInterest, inherit } from '../../src/mine/lineage.js'

const earlierOf = (id: string, label: string, rows: number[], level: EarlierInterest['level'] = 'point') => {
  return { id, level, label, head: label, modifiers: [], rows: Int32Array.from(rows) }
}

const minedOf = (
  id: string,
  label: string,
  rows: number[],
  level: MinedInterest['level'] = 'point',
): MinedInterest => ({
  ...earlierOf(id, label, rows, level),
  domain: [],
  weight: rows.length / 100,
  confidence: 0.5,
  trend: 'steady',
  timeline: [],
  aside: null,
  firstAt: Number.NaN,
  lastAt: Number.NaN,
  verified: false,
  medoid: rows[0],
})

const profileOf = (...interests: MinedInterest[]): Profile => ({ interests, unassigned: new Int32Array(0) })
const always = () => true
const never = () => false
const named = ({ interests }: Profile) => interests.map(({ id, label }) => `${id} ${label}`)

describe('inherit', () => {
  it('leaves a profile as it is where nothing was known', () => {
    const profile = profileOf(minedOf('a', 'Tents', [1, 2, 3]))
    expect(inherit([], profile, always)).toEqual({ profile, changes: [] })
  })

  it('keeps an id while half of the evidence stays, else reports that the interest fades', () => {
    const old = [earlierOf('old', 'Tents', [1, 2, 3, 4])]
    const half = inherit(old, profileOf(minedOf('a', 'Tents', [3, 4, 8, 9])), always)
    expect(named(half.profile)).toEqual(['old Tents'])
    expect(half.changes).toEqual([])
    const less = inherit(old, profileOf(minedOf('a', 'Kettles', [4, 7, 8, 9])), always)
    expect(named(less.profile)).toEqual(['a Kettles'])
    expect(less.changes).toEqual([
      { what: 'new', before: [], after: [{ id: 'a', label: 'Kettles' }] },
      { what: 'fade', before: [{ id: 'old', label: 'Tents' }], after: [] },
    ])
  })

  it('gives an id to the more similar of two that both hold half', () => {
    const old = [earlierOf('old', 'Tents', [1, 2, 3, 4])]
    const { profile, changes } = inherit(
      old,
      profileOf(minedOf('a', 'Big tents', [1, 2, 7, 8, 9]), minedOf('b', 'Small tents', [3, 4])),
      never,
    )
    expect(named(profile)).toEqual(['a Big tents', 'old Small tents'])
    expect(changes).toEqual([
      {
        what: 'split',
        before: [{ id: 'old', label: 'Tents' }],
        after: [
          { id: 'a', label: 'Big tents' },
          { id: 'old', label: 'Small tents' },
        ],
      },
      { what: 'rename', before: [{ id: 'old', label: 'Tents' }], after: [{ id: 'old', label: 'Small tents' }] },
    ])
  })

  it('reports a merge once, and gives it the id of its largest part', () => {
    const old = [earlierOf('few', 'Small tents', [1, 2]), earlierOf('many', 'Big tents', [3, 4, 5, 6])]
    const { profile, changes } = inherit(old, profileOf(minedOf('a', 'Tents', [1, 2, 3, 4, 5, 6])), always)
    expect(named(profile)).toEqual(['many Big tents'])
    expect(changes).toEqual([
      {
        what: 'merge',
        before: [
          { id: 'few', label: 'Small tents' },
          { id: 'many', label: 'Big tents' },
        ],
        after: [{ id: 'many', label: 'Big tents' }],
      },
    ])
  })

  it('keeps a name that is still supported, with head and modifiers', () => {
    const old = [{ ...earlierOf('old', 'Tents · family', [1, 2, 3]), head: 'Tents', modifiers: ['family'] }]
    const profile = profileOf(minedOf('a', 'Shelters', [1, 2, 3, 4]))
    expect(inherit(old, profile, always).profile.interests[0]).toMatchObject({
      id: 'old',
      label: 'Tents · family',
      head: 'Tents',
      modifiers: ['family'],
    })
    const renamed = inherit(old, profile, never)
    expect(renamed.profile.interests[0]).toMatchObject({
      id: 'old',
      label: 'Shelters',
      head: 'Shelters',
      modifiers: [],
    })
    expect(renamed.changes).toEqual([
      { what: 'rename', before: [{ id: 'old', label: 'Tents · family' }], after: [{ id: 'old', label: 'Shelters' }] },
    ])
  })

  it('keeps no name that another interest is mined with, and none of a broad one', () => {
    const old = [earlierOf('old', 'Tents', [1, 2, 3]), earlierOf('wide', 'Outdoors', [7, 8, 9], 'domain')]
    const profile = profileOf(
      minedOf('a', 'Shelters', [1, 2, 3]),
      minedOf('b', 'TENTS', [4, 5, 6]),
      minedOf('c', 'Stoves', [7, 8, 9]),
    )
    expect(named(inherit(old, profile, always).profile)).toEqual(['old Shelters', 'b TENTS', 'wide Stoves'])
  })

  it('gives no new interest the id of an earlier one', () => {
    const old = [earlierOf('a', 'Tents', [1, 2, 3, 4])]
    const { profile } = inherit(
      old,
      profileOf(minedOf('a', 'Kettles', [1, 7, 8]), minedOf('b', 'X', [2, 3, 4])),
      always,
    )
    expect(profile.interests[1].id).toBe('a')
    expect(profile.interests[0].id).toMatch(/^i[0-9a-z]{10}$/)
  })

  it('reports for each earlier interest what became of it, whatever the two profiles', () => {
    const partition = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 24 }).map((groups) => {
      const rows = new Map<number, number[]>()
      groups.forEach((group, row) => {
        rows.set(group, [...(rows.get(group) ?? []), row])
      })
      return [...rows.values()].filter((own) => own.length > 1)
    })
    const tried = { heirs: 0, told: 0 }
    fc.assert(
      fc.property(partition, partition, fc.boolean(), (before, after, stands) => {
        const old = before.map((rows, i) => earlierOf(`o${i}`, `Old ${i}`, rows))
        const mined = profileOf(...after.map((rows, j) => minedOf(`n${j}`, `New ${j}`, rows)))
        const { profile, changes } = inherit(old, mined, () => stands)
        const { interests } = profile
        // What is mined stays; only ids and names are given.
        expect(interests.map(({ rows, weight }) => [[...rows], weight])).toEqual(
          mined.interests.map(({ rows, weight }) => [[...rows], weight]),
        )
        expect(new Set(interests.map(({ id }) => id)).size).toBe(interests.length)
        expect(new Set(interests.map(({ label }) => label.toLowerCase())).size).toBe(interests.length)
        for (const one of old) {
          const heir = interests.find(({ id }) => id === one.id)
          const held = heir ? one.rows.filter((row) => heir.rows.includes(row)).length : 0
          if (heir) expect(2 * held).toBeGreaterThanOrEqual(one.rows.length)
          tried.heirs += Number(heir !== undefined)
          const told = changes.some((change) => change.before.some(({ id }) => id === one.id))
          expect(told || heir?.label === one.label).toBe(true)
        }
        if (old.length === 0) return
        for (const { id } of interests.filter(({ id }) => id.startsWith('n'))) {
          expect(changes.some((change) => change.after.some((one) => one.id === id))).toBe(true)
          tried.told++
        }
        // The same profile again changes nothing more.
        const again = inherit(interests, mined, () => true)
        expect(named(again.profile)).toEqual(named(profile))
        expect(again.changes).toEqual([])
      }),
    )
    expect(Math.min(tried.heirs, tried.told)).toBeGreaterThan(10)
  })
})
