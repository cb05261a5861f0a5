import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/columns.js'
import { findContrary } from '../../src/mine/edits/contrary.js'
import { type ActiveEdit, type EditState, foldEdits } from '../../src/mine/edits/edits.js'
import { applyEdits } from '../../src/mine/edits/lay-over.js'
import { splitInTwo } from '../../src/mine/edits/split-in-two.js'
import { bestWish, leastMatch, matches, wishesOf } from '../../src/mine/edits/wishes.js'
import { type MineModel, mineInterests } from '../../src/mine/interests.js'
import type { Item } from '../../src/types/items.js'
import { createMatrix } from '../../src/vectors/matrix.js'
import { buildModel, historyOf } from './model.js'

const KINDS: Record<string, string[]> = {
  Mascara: ['Waterproof Mascara', 'Volume Mascara', 'Long Lash Mascara', 'Curling Mascara', 'Brown Mascara'],
  Tents: ['Backpacking Tent', 'Camping Tent', 'Trekking Tent', 'Beach Tent', 'Dome Tent'],
  Kettles: ['Gooseneck Kettle', 'Stovetop Kettle', 'Glass Kettle', 'Iron Kettle', 'Travel Kettle'],
}
const items: Item[] = Object.entries(KINDS).flatMap(([kind, titles]) =>
  titles.map((title, i) => ({ id: `${kind}-${i}`, title, categories: ['Shop', kind] })),
)
const rowsOf = (kind: string, count = 5) =>
  Int32Array.from(items.flatMap(({ id }, row) => (id.startsWith(kind) ? [row] : [])).slice(0, count))

const shown = (rows: Int32Array) => [...rows].sort((a, b) => a - b)

const edit = (interest: string, action: ActiveEdit['action'], more: Partial<ActiveEdit> = {}): ActiveEdit => ({
  at: '2026-05-01T00:00:00.000Z',
  interest,
  label: interest,
  action,
  value: null,
  level: 'point',
  domain: [],
  rows: new Int32Array(0),
  ...more,
})
const part = (id: string, ...rows: number[]) => ({ id, rows: Int32Array.from(rows) })
const coresOf = (states: EditState[], id: string) =>
  states.find(({ interest }) => interest === id)!.cores.map((core) => [...core])

describe('folding edits', () => {
  it('keeps the state of the interest that others are merged into, and what each of them was', () => {
    const states = foldEdits([
      edit('a', 'boost', { value: 2 }),
      edit('b', 'mute'),
      edit('a', 'merge', { parts: [part('a', 1, 2), part('b', 3)] }),
      edit('c', 'merge', { parts: [part('c', 7), part('a', 1, 2, 3, 4)] }),
    ])
    expect(states).toHaveLength(1)
    expect(states[0]).toMatchObject({ interest: 'c', muted: false, boost: 1 })
    expect(coresOf(states, 'c')).toEqual([[7], [1, 2], [3], [4]])
  })

  it('gives the parts of a split interest its state, and the first part its name', () => {
    const states = foldEdits([
      edit('a', 'merge', { parts: [part('a', 1, 2), part('b', 3, 4)] }),
      edit('a', 'mute'),
      edit('a', 'rename', { value: 'Mine' }),
      edit('a', 'split', { parts: [part('a', 1, 3), part('x', 2, 4, 5)] }),
      edit('x', 'unmute'),
    ])
    expect(states.map(({ interest, muted, rename }) => [interest, muted, rename])).toEqual([
      ['a', true, 'Mine'],
      ['x', false, null],
    ])
    expect([coresOf(states, 'a'), coresOf(states, 'x')]).toEqual([
      [[1], [3]],
      [[2], [4], [5]],
    ])
  })

  it('gives a merged interest its name back where a part holds nothing else', () => {
    const named = (id: string, ...rows: number[]) => ({ ...part(id, ...rows), label: `Label ${id}` })
    const states = foldEdits([
      edit('b', 'rename', { value: 'Bees' }),
      edit('a', 'merge', { parts: [named('a', 1, 2), named('b', 3, 4), named('c', 5)] }),
      edit('a', 'rename', { value: 'All' }),
      edit('a', 'split', { parts: [part('a', 1, 2, 5), part('b', 3, 4)] }),
    ])
    const shown = (all: EditState[]) =>
      all.map(({ interest, rename, keptLabel, origins }) => [interest, rename, keptLabel, origins.map(({ id }) => id)])
    expect(shown(states)).toEqual([
      ['a', 'All', 'a', ['a', 'c']],
      ['b', 'Bees', 'Label b', []],
    ])
  })

  it('drops the state of a wish that was removed', () => {
    const add = edit('w', 'add', { value: 'tea' })
    expect(foldEdits([add, edit('w', 'mute'), edit('w', 'remove', { value: null })])).toEqual([])
    const [again] = foldEdits([add, edit('w', 'mute'), edit('w', 'remove'), add])
    expect(again).toMatchObject({ muted: false, wish: { phrase: 'tea', query: null } })
  })
})

describe('merges and splits over a mined profile', () => {
  let model: MineModel
  beforeAll(async () => {
    model = await buildModel(items)
  })
  const over = (rows: number[], states: EditState[], given = {}) => {
    const history = historyOf(rows, given)
    return applyEdits({ history, model, now: 2e12 }, mineInterests({ history, model, now: 2e12 }), states)
  }

  it('put every row in one place, whatever was merged and whatever is mined now', () => {
    const groups = fc.array(fc.uniqueArray(fc.nat(items.length - 1), { minLength: 1, maxLength: 6 }), { maxLength: 4 })
    const histories = fc.uniqueArray(fc.nat(items.length - 1), { maxLength: 15 })
    const tried = { interests: 0, together: 0, gone: 0 }
    fc.assert(
      fc.property(histories, groups, fc.boolean(), (rows, made, muted) => {
        const taken = new Set<number>()
        const states = foldEdits(
          made.flatMap((group, i) => {
            const own = group.filter((row) => !taken.has(row))
            for (const row of own) taken.add(row)
            const halves = [part(`m${i}`, ...own.slice(0, 2)), part(`n${i}`, ...own.slice(2))]
            const merge = edit(`m${i}`, 'merge', { parts: halves, rows: Int32Array.from(own) })
            return muted ? [merge, edit(`m${i}`, 'mute', { rows: Int32Array.from(own) })] : [merge]
          }),
        )
        const { interests, unassigned, suppressed } = over(rows, states)
        const placed = [...interests.flatMap((interest) => [...interest.rows]), ...unassigned]
        expect(placed.sort((a, b) => a - b)).toEqual([...rows].sort((a, b) => a - b))
        if (rows.length > 0) {
          const share = interests.reduce((sum, { weight }) => sum + weight, unassigned.length / rows.length)
          expect(share).toBeCloseTo(1, 9)
        }
        expect(new Set(interests.map(({ id }) => id)).size).toBe(interests.length)
        expect(new Set(interests.map(({ label }) => label.toLowerCase())).size).toBe(interests.length)
        for (const interest of interests) {
          expect(shown(Int32Array.from(interest.clusters.flatMap((cluster) => [...cluster.rows])))).toEqual(
            shown(interest.rows),
          )
          expect(interest.rows).toContain(interest.medoid)
          expect(interest.confidence > 0 && interest.confidence < 1).toBe(true)
          tried.interests++
        }
        // What the user put together is together, or nothing of it is in the history.
        for (const { interest: id, cores } of states) {
          const there = cores.flatMap((core) => [...core]).filter((row) => rows.includes(row))
          const found = interests.find((one) => one.id === id)
          tried[there.length > 0 ? 'together' : 'gone']++
          for (const row of there) expect(found!.rows).toContain(row)
          if (there.length === 0) expect(suppressed.some((ghost) => ghost.id === id) || found === undefined).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
    expect(Math.min(tried.interests, tried.together, tried.gone)).toBeGreaterThan(10)
  })

  it('take new items of a merged interest with them, and of no other', () => {
    const [mascara, tents, kettles] = ['Mascara', 'Tents', 'Kettles'].map((kind) => [...rowsOf(kind)])
    const parts = [part('m', ...mascara.slice(0, 3)), part('t', ...tents.slice(0, 3))]
    const states = foldEdits([edit('m', 'merge', { parts })])
    const { interests } = over([...mascara, ...tents, ...kettles], states)
    const merged = interests.find(({ id }) => id === 'm')!
    expect(shown(merged.rows)).toEqual([...mascara, ...tents])
    expect(interests).toHaveLength(2)
  })

  it('pass a mute to an interest of whose evidence it is a third, and to one that only grew', () => {
    const rows = [...rowsOf('Mascara')]
    const muted = (id: string, count: number) =>
      over(rows, foldEdits([edit(id, 'mute', { rows: Int32Array.from(rows.slice(0, count)) })]))
    const [{ id: mined }] = over(rows, []).interests
    for (const [id, count] of [
      ['old', 2],
      [mined, 1],
    ] as const) {
      const { interests, suppressed } = muted(id, count)
      expect(interests.map((one) => [one.id, one.state.muted])).toEqual([[id, true]])
      expect(suppressed).toEqual([])
    }
    const { interests, suppressed } = muted('old', 1)
    expect(interests.map((one) => [one.id, one.state.muted])).toEqual([[mined, false]])
    expect(suppressed.map(({ id }) => id)).toEqual(['old'])
  })

  it('give new items to the nearer part of a split', () => {
    const [mascara] = [[...rowsOf('Mascara')]]
    const parts = [part('m', ...mascara.slice(0, 2)), part('x', ...mascara.slice(2, 4))]
    const { interests } = over(mascara, foldEdits([edit('m', 'split', { parts })]))
    const held = (id: string) => interests.find((one) => one.id === id)!.rows
    for (const row of mascara.slice(0, 2)) expect(held('m')).toContain(row)
    for (const row of mascara.slice(2, 4)) expect(held('x')).toContain(row)
    expect(held('m').length + held('x').length).toBe(5)
  })
})

describe('fallApart', () => {
  it('gives two parts that hold every row once, also of very many rows', async () => {
    const many = Array.from({ length: 700 }, (_, i) => {
      const kind = i % 2 === 0 ? 'Wool Sock' : 'Steel Kettle'
      return { id: `p${i}`, title: `${kind} ${i}`, categories: ['Shop', kind] }
    })
    const model = await buildModel(many)
    for (const n of [3, 8, 700]) {
      const rows = Int32Array.from({ length: n }, (_, i) => i)
      const parts = splitInTwo(model, rows)
      expect(parts).toHaveLength(2)
      for (const one of parts) expect(one.length).toBeGreaterThan(0)
      expect(shown(Int32Array.from(parts.flatMap((one) => [...one])))).toEqual([...rows])
      // Socks here, kettles there.
      if (n > 3) for (const one of parts) expect(new Set(one.map((row) => row % 2)).size).toBe(1)
    }
  })
})

describe('wishes', () => {
  const vectors: Matrix = createMatrix(3, 2)
  vectors.data.set([1, 0, 0.6, 0.8, 0, 1])
  const query = { vector: Float32Array.of(1, 0), least: 0.3 }
  const wish = (id: string, value: string, more: Partial<ActiveEdit> = {}) => edit(id, 'add', { value, query, ...more })

  it('match items near the best match, never distant ones, and not too many', () => {
    expect([1, 0.5, 0.1, -0.2].map((best) => leastMatch([best]))).toEqual([0.65, 0.325, 0.15, 0.15])
    expect(leastMatch([])).toBe(0.15)
    expect(leastMatch(Array.from({ length: 60 }, (_, i) => 0.9 - i / 1000))).toBeCloseTo(0.841)
    expect([0, 1, 2].map((row) => matches(query, vectors, row))).toEqual([true, true, false])
  })

  it('are listed newest first under unique labels; the best match counts, a muted wish matches nothing', () => {
    const other = { vector: Float32Array.of(0, 1), least: 0.3 }
    const states = foldEdits([
      wish('w1', 'Tea'),
      wish('w2', 'tea', { query: other }),
      wish('w3', 'more', { query: null }),
    ])
    expect(wishesOf(states).map(({ id, label }) => [id, label])).toEqual([
      ['w3', 'more'],
      ['w2', 'tea (2)'],
      ['w1', 'Tea'],
    ])
    const best = (row: number, wishes = wishesOf(states)) => wishes[bestWish(wishes, vectors, row).index]?.id
    expect([0, 1, 2].map((row) => best(row))).toEqual(['w1', 'w2', 'w2'])
    const muted = wishesOf(foldEdits([wish('w1', 'Tea'), edit('w1', 'mute')]))
    expect(best(0, muted)).toBeUndefined()
  })
})

describe('behaviour that contradicts an edit', () => {
  it('is not reported where no time is known', async () => {
    const model = await buildModel(items)
    const rows = [...rowsOf('Mascara')]
    const seen = (at?: number[]) => {
      const history = historyOf(rows, at ? { at } : {})
      const profile = applyEdits(
        { history, model, now: Number.NaN },
        mineInterests({ history, model, now: Number.NaN }),
        [],
      )
      return { model: { ...model, vectors: createMatrix(items.length, 2) }, history, profile }
    }
    const may = Date.UTC(2026, 4, 1)
    const state = (at: string | null) => foldEdits([edit('i', 'mute', { at, rows: Int32Array.from(rows) })])[0]
    const since = new Date(may).toISOString()
    const times = rows.map((_, i) => may + (i - 3) * 1000)
    expect(findContrary(seen(times), state(since), 'mute')).toEqual({
      kind: 'liked',
      items: 1,
      since,
      lastSeen: new Date(may + 1000).toISOString(),
      interest: null,
    })
    expect(findContrary(seen(), state(since), 'mute')).toBeNull()
    expect(findContrary(seen(times), state(null), 'mute')).toBeNull()
    expect(findContrary(seen(times), state(since), 'boost')).toBeNull()
  })
})
