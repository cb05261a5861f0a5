import { readFileSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Interaction, InterestsAnswer, Miner } from '../dist/index.js'
import { idOf, type Theme, themedEvents, vectorItems } from './helpers/catalogue.js'
import { useMiners } from './helpers/miners.js'
import { makePlace, type Place } from './helpers/place.js'

const ITEMS = vectorItems()
const EVENTS = themedEvents()
const USERS = [...new Set(EVENTS.map(({ user }) => user))]
const MARCH = Date.UTC(2024, 2, 1)
const DAY = 86_400_000

let place: Place
const { open, closeAll } = useMiners()
beforeAll(() => {
  place = makePlace()
})
afterAll(() => place?.remove())

async function build(store: string, events = EVENTS): Promise<Miner> {
  const miner = await open(store)
  await miner.build({ items: ITEMS, events })
  return miner
}

/** Purchases in a theme, a day apart. */
const purchases = (user: string, theme: Theme, count: number, from = 0): Interaction[] =>
  Array.from({ length: count }, (_, i) => ({
    user,
    item: idOf(theme, i),
    type: 'purchase',
    at: MARCH + (from + i) * DAY,
  }))

const groupsOf = ({ interests, unassigned }: InterestsAnswer) => [
  ...interests.map(({ level, evidence }) => `${level} ${evidence.map(({ item }) => item).sort()}`),
  unassigned.map(({ item }) => item).sort(),
]

describe('interests', () => {
  const written = fc.array(
    fc.record({
      user: fc.constantFrom(...USERS.slice(0, 4)),
      item: fc.constantFrom(...ITEMS.map(({ id }) => id)),
      type: fc.constantFrom('click', 'purchase', 'dislike'),
      at: fc.integer({ min: 0, max: 30 }).map((day) => MARCH + day * DAY),
    }),
    { minLength: 1, maxLength: 10 },
  )

  it('are the same whether events come one by one, all at once, or before a rebuild', async () => {
    const first = place.path()
    await (await build(first)).close()
    await fc.assert(
      fc.asyncProperty(written, async (events) => {
        const [piecemeal, atOnce] = [await open(place.copy(first)), await open(place.copy(first))]
        for (const event of events) {
          await piecemeal.addEvents([event])
          await piecemeal.interests(event.user)
        }
        await atOnce.addEvents(events)
        const all = (miner: Miner) => Promise.all(USERS.slice(0, 5).map((user) => miner.interests(user)))
        expect(JSON.stringify(await all(piecemeal))).toBe(JSON.stringify(await all(atOnce)))
        for (const miner of [piecemeal, atOnce]) await miner.build({ items: ITEMS })
        expect((await piecemeal.status()).generation?.pendingEvents).toBe(0)
        const rebuilt = await all(piecemeal)
        expect(JSON.stringify(rebuilt)).toBe(JSON.stringify(await all(atOnce)))
        // A store that never knew less mines the same groups; ids and names of its own may be others.
        const whole = await build(place.path(), [...EVENTS, ...events])
        expect(rebuilt.map(groupsOf)).toEqual((await all(whole)).map(groupsOf))
        await closeAll()
      }),
      { numRuns: 6 },
    )
  })

  it('keep id and name over a rebuild with a tenth more of what everybody did', async () => {
    const rows = readFileSync('fixtures/shop/events.csv', 'utf8').trimEnd().split('\n')
    const [header, ...events] = rows.map((line) => line.split(','))
    const byTime = events.sort((a, b) => Number(a.at(-1)) - Number(b.at(-1)))
    const write = (count: number) => {
      const file = place.path('events.csv')
      writeFileSync(file, [header, ...byTime.slice(0, count)].map((cells) => cells.join(',')).join('\n'))
      return { file }
    }
    const miner = await open(place.path())
    const items = { file: 'fixtures/shop/catalog.jsonl' }
    await miner.build({ items, events: write(Math.floor(events.length / 1.1)) })
    const users = [...new Set(events.map(([user]) => user))]
    const before = await Promise.all(users.map((user) => miner.interests(user)))
    await miner.build({ items, events: write(events.length) })
    expect((await miner.status()).generation?.id).toBe(2)
    let [points, ids, names, changed] = [0, 0, 0, 0]
    for (const { user, interests: old } of before) {
      const { interests } = await miner.interests(user)
      const { lineage } = await miner.lineage(user)
      for (const { id, label, level, evidence } of old) {
        const heir = interests.find((one) => one.id === id)
        const held = evidence.filter(({ item }) => heir?.evidence.some((own) => own.item === item))
        if (heir) expect(2 * held.length).toBeGreaterThanOrEqual(evidence.length)
        // Whatever is not as it was, is told.
        if (heir?.label !== label) {
          expect(lineage.some((entry) => entry.before.some((one) => one.id === id))).toBe(true)
          changed++
        }
        if (level !== 'point') continue
        points++
        ids += Number(heir !== undefined)
        names += Number(heir?.label === label)
      }
    }
    expect(points).toBeGreaterThan(50)
    expect(changed).toBeGreaterThan(0)
    expect(ids / points).toBeGreaterThanOrEqual(0.97)
    expect(names / points).toBeGreaterThanOrEqual(0.93)
  })

  it('have a history: what came since, then what a generation found', async () => {
    const miner = await build(place.path())
    expect(await miner.lineage('u0')).toEqual({ user: 'u0', lineage: [] })
    expect(await miner.lineage('stranger')).toEqual({ user: 'stranger', lineage: [] })
    await miner.addEvents([...purchases('u0', 'wool scarf', 4), ...purchases('later', 'guitar', 4)])
    const { lineage } = await miner.lineage('u0')
    expect(lineage).toHaveLength(1)
    expect(lineage[0]).toMatchObject({ what: 'new', generation: null, at: null, before: [] })
    const scarves = (await miner.interests('u0')).interests.find(({ evidence }) =>
      evidence.some(({ item }) => item === idOf('wool scarf', 0)),
    )!
    expect(lineage[0].after).toEqual([{ id: scarves.id, label: scarves.label }])
    await miner.build({ items: ITEMS })
    const told = (await miner.lineage('u0')).lineage
    // The space is another one now, so that there may be more to tell.
    expect(told.map(({ generation }) => generation)).toEqual(told.map(() => 2))
    expect(told.flatMap(({ what, after }) => (what === 'new' ? after.map(({ id }) => id) : []))).toContain(scarves.id)
    expect(Number.isNaN(Date.parse(told[0].at!))).toBe(false)
    // Whoever is met for the first time has no history yet.
    expect((await miner.lineage('later')).lineage).toEqual([])
    expect((await miner.exportUser('u0')).lineage).toEqual(told)
  })

  it('have the history of the generation in use', async () => {
    const miner = await build(place.path())
    const before = await miner.interests('u0')
    await miner.addEvents(purchases('u0', 'wool scarf', 4))
    const folded = await miner.interests('u0')
    await miner.build({ items: ITEMS })
    await miner.useGeneration(1)
    expect(await miner.interests('u0')).toEqual(folded)
    expect(await miner.interests('u0', { now: before.interests[0].lastSeen! })).toMatchObject({
      interests: before.interests.map(({ id, label }) => ({ id, label })),
    })
    expect((await miner.lineage('u0')).lineage).toMatchObject([{ what: 'new', generation: null }])
    await miner.addEvents(purchases('u0', 'guitar', 4, 40))
    await miner.build({ items: ITEMS })
    const { lineage } = await miner.lineage('u0')
    expect(new Set(lineage.map(({ generation }) => generation))).toEqual(new Set([3]))
  })

  it('are no longer known of a user who is forgotten, nor is their history', async () => {
    const store = place.path()
    const miner = await build(store)
    await miner.addEvents(purchases('u0', 'wool scarf', 4))
    await miner.build({ items: ITEMS })
    const count = (table: string) => {
      const db = new Database(store, { readonly: true })
      try {
        return db
          .prepare(`SELECT count(*) FROM ${table} WHERE user = (SELECT key FROM users WHERE id = 'u0')`)
          .pluck()
          .get() as number
      } finally {
        db.close()
      }
    }
    const others = async () => JSON.stringify(await Promise.all(USERS.slice(1).map((user) => miner.interests(user))))
    expect(count('mined')).toBe(2)
    expect(count('lineage')).toBeGreaterThan(0)
    const kept = JSON.parse(await others()).map((one: InterestsAnswer) => one.interests.map(({ id }) => id))
    const db = new Database(store, { readonly: true })
    const key = db.prepare("SELECT key FROM users WHERE id = 'u0'").pluck().get()
    await miner.forget('u0')
    const left = (table: string) => db.prepare(`SELECT count(*) FROM ${table} WHERE user = ?`).pluck().get(key)
    expect([left('mined'), left('lineage')]).toEqual([0, 0])
    expect(db.prepare('SELECT count(DISTINCT generation) FROM mined').pluck().get()).toBe(1)
    db.close()
    expect(JSON.parse(await others()).map((one: InterestsAnswer) => one.interests.map(({ id }) => id))).toEqual(kept)
  })

  it('stay as they were where their mining is stopped', async () => {
    const miner = await build(place.path())
    await miner.addEvents(purchases('u0', 'wool scarf', 4))
    const before = await miner.interests('u0')
    const stop = new AbortController()
    const stopped = miner.build({
      items: ITEMS,
      signal: stop.signal,
      onProgress: ({ stage }) => {
        if (stage === 'profiles') stop.abort()
      },
    })
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect((await miner.status()).generation?.id).toBe(1)
    expect(await miner.interests('u0')).toEqual(before)
    await miner.build({ items: ITEMS })
    const { lineage } = await miner.lineage('u0')
    expect(lineage.length).toBeGreaterThan(0)
    for (const { generation } of lineage) expect(generation).toBe(2)
  })
})
