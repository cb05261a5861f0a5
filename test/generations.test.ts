import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Interaction, Item, Miner } from '../dist/index.js'
import { idOf, textItems, themedEvents, vectorItems } from './helpers/catalogue.js'
import { useMiners } from './helpers/miners.js'
import { makePlace, type Place, runScript } from './helpers/place.js'

const ITEMS = vectorItems()
const EVENTS = themedEvents()
const ALL = 10_000
const MARCH = Date.UTC(2024, 2, 1)
const DAY = 86_400_000
const USER = 'person-5823@example.org'
const USERS = ['u0', 'u1', 'u5', 'stranger']

let place: Place
const { open } = useMiners()
beforeAll(() => {
  place = makePlace()
})
afterAll(() => place?.remove())

async function build(store: string, items: Item[] = ITEMS, events: Interaction[] = EVENTS): Promise<Miner> {
  const miner = await open(store)
  await miner.build({ items, events })
  return miner
}

const ofUser = (user: string, from = 0): Interaction[] =>
  [0, 1, 2, 3].map((i) => ({ user, item: idOf('guitar', from + i), type: 'purchase', at: MARCH + i * DAY }))

const answersOf = async (miner: Miner) =>
  JSON.stringify([
    await Promise.all(USERS.map((user) => miner.explain(user, { limit: ALL }))),
    await miner.similar(idOf('teapot', 1), { limit: ALL }),
  ])
const idsIn = (text: string) => new Set([...text.matchAll(/"item":"([^"]+)"/g)].map(([, id]) => id))
const inUse = async (miner: Miner) => (await miner.generations()).generations.find((one) => one.inUse)?.id
const keptBy = async (miner: Miner) => (await miner.generations()).generations.map(({ id }) => id)

describe('generations', () => {
  it('are listed, the newest first, as long as they are kept', async () => {
    const store = place.path()
    const miner = await open(store, { clock: () => MARCH + 90 * DAY })
    expect(await miner.generations()).toEqual({ generations: [] })
    await expect(miner.useGeneration(1)).rejects.toMatchObject({ code: 'NO_STORE' })
    await miner.build({ items: ITEMS.slice(0, 40), events: EVENTS })
    await miner.build({ items: ITEMS.slice(0, 44) })
    await miner.build({ items: ITEMS })
    const { generations } = await miner.generations()
    const { events } = await miner.status()
    expect(generations).toEqual([
      {
        id: 3,
        builtAt: new Date(MARCH + 90 * DAY).toISOString(),
        inUse: true,
        items: 48,
        events,
        encoder: { id: 'caller:16', dims: 16 },
        scorer: { id: 'default-1', trainedOn: null, calibrated: false },
        bytes: expect.any(Number),
        stale: false,
      },
      expect.objectContaining({ id: 2, inUse: false, items: 44 }),
    ])
    for (const { bytes } of generations) expect(bytes).toBeGreaterThan(10_000)
    await expect(miner.useGeneration(1)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: 'generation 1 is not kept; there is 3 (in use) and 2',
      details: { value: 1, kept: [3, 2] },
    })
    for (const wrong of [0, -1, 2.5, Number.NaN, '2' as never]) {
      await expect(miner.useGeneration(wrong)).rejects.toMatchObject({ code: 'BAD_OPTION' })
    }
    expect(await inUse(miner)).toBe(3)
  })
})

describe('going back', () => {
  const changed = { ...ITEMS[4], title: 'brass astrolabe', price: 99 }
  const fresh = vectorItems(10).filter(({ id }) => /-[89]$/.test(id))
  const more: Interaction[] = [
    ...ofUser('late'),
    { user: 'u0', item: fresh[0].id, at: MARCH },
    { user: 'u1', item: ITEMS[20].id, at: MARCH + DAY },
  ]

  it('lays over the older one all that came since, as if it had never been left', async () => {
    const store = place.path()
    await (await build(store)).close()
    const laid = await open(place.copy(store))
    await laid.addItems([changed, ...fresh])
    await laid.addEvents(more)
    expect((await laid.status()).generation).toMatchObject({ id: 1 })

    const miner = await open(store)
    await miner.build({ items: [...ITEMS.filter(({ id }) => id !== changed.id), changed, ...fresh], events: more })
    const newer = await answersOf(miner)
    const { generations } = await miner.useGeneration(1)
    expect(generations.map(({ id, inUse }) => [id, inUse])).toEqual([
      [2, false],
      [1, true],
    ])
    expect(await answersOf(miner)).toBe(await answersOf(laid))
    expect((await miner.status()).generation).toMatchObject({ id: 1, pendingItems: 1 + fresh.length })
    expect(await miner.doctor()).toEqual({ ok: true, problems: [] })
    // And forth again, to the byte.
    await miner.useGeneration(2)
    expect(await answersOf(miner)).toBe(newer)
  })

  it('brings back no item that left the catalogue since', async () => {
    const store = place.path()
    const touched = new Set(EVENTS.map(({ item }) => item))
    const loose = ITEMS.filter(({ id }) => !touched.has(id))[0]
    const seen = ITEMS.filter(({ id }) => touched.has(id))[0]
    const miner = await build(store)
    await miner.build({ items: ITEMS.filter(({ id }) => id !== loose.id && id !== seen.id), prune: true })
    await miner.useGeneration(1)
    const { recommendations } = await miner.recommend('stranger', { limit: ALL })
    const { results } = await miner.similar(ITEMS[30].id, { limit: ALL })
    expect(results).toHaveLength(ITEMS.length - 3)
    for (const list of [recommendations, results]) {
      const ids = list.map(({ item }) => item)
      expect(ids.filter((id) => id === loose.id || id === seen.id)).toEqual([])
    }
    expect(recommendations).toHaveLength(ITEMS.length - 2)
    await expect(miner.rank('u0', [loose.id])).rejects.toMatchObject({ code: 'UNKNOWN_ITEM' })
  })

  it('is noticed by others at once, and the next build makes a new one', async () => {
    const store = place.path()
    const miner = await build(store)
    const old = await answersOf(miner)
    await miner.build({ items: [...ITEMS, ...fresh] })
    const other = await open(store)
    await other.recommend('u0')
    await miner.useGeneration(1)
    expect((await other.status()).generation).toMatchObject({ id: 1 })
    expect(await answersOf(other)).toBe(await answersOf(miner))
    const script = `const miner = await openMiner({ store: given[0], workers: 0 })
      const { generation } = await miner.status()
      await miner.useGeneration(2)
      await miner.close()
      process.stdout.write(String(generation.id))`
    expect(await runScript(script, store)).toBe('1')
    for (const one of [miner, other]) expect((await one.status()).generation).toMatchObject({ id: 2 })
    await miner.useGeneration(1)
    // Nothing changed: nothing to build. A change makes a third, beside which the one it came from is kept.
    await other.build({ items: [...ITEMS, ...fresh.slice(1)], prune: true })
    expect(await keptBy(miner)).toEqual([3, 1])
    expect(await inUse(miner)).toBe(3)
    const anew = await build(place.path(), [...ITEMS, ...fresh.slice(1)])
    const scoresOf = async (one: Miner) =>
      (await one.recommend('u1', { limit: ALL, diversity: 0 })).recommendations.map(({ item, logit }) => [item, logit])
    expect(await scoresOf(miner)).toEqual(await scoresOf(anew))
    expect(idsIn(old).has(fresh[0].id)).toBe(false)
  })

  it('leaves everything as it is where the older one cannot be read', async () => {
    const store = place.path()
    const miner = await build(store)
    await miner.build({ items: [...ITEMS, ...fresh] })
    const before = await answersOf(miner)
    const db = new Database(store)
    db.prepare("UPDATE blobs SET bytes = x'00' WHERE generation = 1 AND name = 'vectors.data'").run()
    await expect(miner.useGeneration(1)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await answersOf(miner)).toBe(before)
    // Repairing drops it, and does not change which one is in use.
    expect((await miner.doctor()).ok).toBe(false)
    expect((await miner.doctor({ repair: true })).ok).toBe(true)
    expect(await keptBy(miner)).toEqual([2])
    await miner.build({ items: ITEMS, prune: true })
    db.prepare("UPDATE generations SET info = json_set(info, '$.format', 1) WHERE id = 2").run()
    db.close()
    await expect(miner.useGeneration(2)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await inUse(miner)).toBe(3)
  })

  it('stays in force when the store is repaired', async () => {
    const store = place.path()
    const miner = await build(store)
    await miner.build({ items: [...ITEMS, ...fresh] })
    await miner.useGeneration(1)
    const db = new Database(store)
    db.prepare("UPDATE blobs SET bytes = x'00' WHERE generation = 2 AND name = 'vectors.data'").run()
    db.close()
    expect(await miner.doctor({ repair: true })).toMatchObject({ ok: true })
    expect(await inUse(miner)).toBe(1)
    expect(await keptBy(miner)).toEqual([1])
  })

  it('makes the index beside the store match', async () => {
    const store = place.path()
    const many = vectorItems(670)
    await (await build(store, many.slice(0, 4010))).close()
    const graph = readFileSync(`${store}.hnsw`)
    const miner = await open(store)
    await miner.build({ items: many })
    expect(readFileSync(`${store}.hnsw`).equals(graph)).toBe(false)
    await miner.useGeneration(1)
    expect(readFileSync(`${store}.hnsw`).equals(graph)).toBe(true)
    expect(await miner.doctor()).toEqual({ ok: true, problems: [] })
    expect((await miner.status()).index).toEqual({ kind: 'hnsw', items: many.length, ok: true })
    const last = many[many.length - 1]
    const { results } = await miner.similar(idOf('desk lamp', 1), { limit: ALL })
    expect(results.map(({ item }) => item)).toContain(last.id)
  }, 60_000)

  it('encodes with the older encoder what came since', async () => {
    const store = place.path()
    const items = textItems(3)
    const miner = await build(store, items, [])
    const other = await open(store, { encoder: 'multilingual-e5-small' })
    const astrolabe = { id: 'new', title: 'brass astrolabe of the old kind' }
    await other.build({ items: [...items, astrolabe] })
    await expect(other.useGeneration(1)).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' })
    expect(await inUse(miner)).toBe(2)
    await miner.useGeneration(1)
    const { results } = await miner.search('an astrolabe', { limit: 1 })
    expect(results).toMatchObject([{ item: 'new' }])
    const laid = await build(place.path(), items, [])
    await laid.addItems([astrolabe])
    expect(await miner.search('old brass', { limit: 5 })).toEqual(await laid.search('old brass', { limit: 5 }))
  }, 60_000)
})

describe('a forgotten user', () => {
  const bytesWith = (store: string, word: string) =>
    readdirSync(place.folder).filter(
      (file) => join(place.folder, file).startsWith(store) && readFileSync(join(place.folder, file)).includes(word),
    )
  const scoresOf = async (miner: Miner) => {
    const { recommendations } = await miner.recommend('u0', { limit: ALL, diversity: 0 })
    return recommendations.map(({ item, logit, contributions }) => ({ item, logit, contributions }))
  }

  it.each([
    ['from the newer one', 2, 1],
    ['after going back', 1, 2],
  ])('cannot come back with a generation: forgotten %s', async (_, used, left) => {
    const store = place.path()
    const events = [...EVENTS, ...ofUser(USER)]
    const miner = await build(store, ITEMS, events)
    await miner.build({ items: ITEMS, events: ofUser(USER, 4) })
    expect(await keptBy(miner)).toEqual([2, 1])
    await miner.useGeneration(used)
    const never = await build(place.path())
    expect(await scoresOf(miner)).not.toEqual(await scoresOf(never))
    expect(bytesWith(store, USER)).not.toEqual([])
    expect(await miner.forget(USER)).toMatchObject({ forgotten: true, events: 8 })
    expect(await keptBy(miner)).toEqual([used])
    await expect(miner.useGeneration(left)).rejects.toMatchObject({ code: 'BAD_OPTION' })
    expect(await scoresOf(miner)).toEqual(await scoresOf(never))
    expect(await miner.explain(USER)).toMatchObject({ events: 0, kind: 'popular' })
    expect(bytesWith(store, USER)).toEqual([])
    // What bears the trace in its fitted parts goes with the build that is free of it.
    expect((await miner.generations()).generations).toMatchObject([{ id: used, stale: true }])
    await miner.build({ items: [...ITEMS, { ...ITEMS[0], id: 'one-more' }] })
    expect((await miner.generations()).generations).toMatchObject([{ id: 3, stale: false }])
    await miner.build({ items: ITEMS, prune: true })
    expect(await keptBy(miner)).toEqual([4, 3])
  })

  it('cannot come back when both happen at once', async () => {
    const store = place.path()
    const miner = await build(store, ITEMS, [...EVENTS, ...ofUser(USER)])
    await miner.build({ items: vectorItems(9) })
    const other = await open(store)
    await other.recommend('u0')
    const never = await build(place.path(), vectorItems(9))
    expect(bytesWith(store, USER)).not.toEqual([])
    await Promise.all([
      miner.forget(USER),
      // In time, or not kept any more.
      other.useGeneration(1).catch((error) => expect(error).toMatchObject({ code: 'BAD_OPTION' })),
    ])
    const countsOf = async (one: Miner) =>
      (await scoresOf(one))
        .flatMap(({ item, contributions }) => contributions.map(({ feature, value }) => [item, feature, value]))
        .filter(([, feature]) => feature === 'covisit' || feature === 'popularity')
        .sort()
    for (const one of [miner, other]) {
      expect(await keptBy(one)).toHaveLength(1)
      expect(await countsOf(one)).toEqual(await countsOf(never))
      expect(await one.interests(USER)).toMatchObject({ events: 0 })
    }
    expect(bytesWith(store, USER)).toEqual([])
  })
})
