import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../src/hash.js'
import { sidecarsOf } from '../../src/store/sidecars.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { ROW_PARTS, type Store } from '../../src/store/store.js'
import { readVector, writeVector } from '../../src/vectors/vector-bytes.js'
import { INFO, putEvents, putItems, REPLY, rowsOf, scarf, spade, teapot } from './rows.js'

/** A kind of store: every kind that the package has stands here, and must pass all of what follows. */
interface StoreKind {
  name: string
  /** A place that holds nothing yet. */
  place(): string
  /** Opens what is in a place, from as many hands at once as may be. */
  open(place: string): Promise<Store>
}

const STORES: StoreKind[] = [
  {
    name: 'SQLite',
    place: () => join(mkdtempSync(join(tmpdir(), 'store-')), 'a.db'),
    open: (place) => openSqliteStore(place),
  },
]

describe.each(STORES)('a store of the kind $name', ({ place: newPlace, open: openPlace }) => {
  /** Methods that some test has called: in the end, all that the store has. */
  const called = new Set<string>()
  let methods: string[] = []
  let place: string
  let opened: Store[]
  let store: Store

  async function open(): Promise<Store> {
    const real = await openPlace(place)
    methods = Object.entries(real).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
    opened.push(real)
    return new Proxy(real, {
      get(target, name, receiver) {
        called.add(String(name))
        return Reflect.get(target, name, receiver)
      },
    })
  }

  beforeEach(async () => {
    place = newPlace()
    opened = []
    store = await open()
    return async () => {
      for (const one of opened) await one.close()
    }
  })

  afterAll(() => {
    called.add('close')
    expect(methods.length).toBeGreaterThan(50)
    expect(methods.filter((name) => !called.has(name))).toEqual([])
  })

  describe('what it says of itself', () => {
    it('is a name, and where files lie beside it', () => {
      expect(store.name).not.toBe('')
      const { graph, media, rejected } = sidecarsOf(store)
      const files = [graph, media, rejected].filter((file) => file !== null)
      expect(new Set(files).size).toBe(store.beside === null ? 0 : 3)
    })

    it('is empty at first', async () => {
      expect(await store.counts()).toMatchObject({ items: 0, users: 0, events: 0 })
      expect(await store.tally()).toEqual({ hasItems: false, lastSeq: 0 })
      expect(await store.stamp()).toMatchObject({ generation: 0, newest: null, ratingMax: null })
      expect(await store.generation()).toBeNull()
      expect(await store.check()).toEqual([])
    })

    it('are bytes by what they are for', async () => {
      await putItems(store, [scarf, teapot])
      await putEvents(store, [{ user: 'u', item: 'a' }])
      await store.saveGeneration(INFO, { 'catalogue.ids': new Uint8Array(5000) }, { keep: 2, forgets: 0 })
      const { rows, artefacts, free } = await store.sizes()
      expect(Object.keys(rows).filter((name) => !(ROW_PARTS as readonly string[]).includes(name))).toEqual([])
      expect(Math.min(rows.items ?? 0, rows.events ?? 0)).toBeGreaterThan(0)
      expect([artefacts, free >= 0]).toEqual([{ 'catalogue.ids': 5000 }, true])
      expect((await store.counts()).bytes).toBeGreaterThan(0)
    })

    it('is what was last written, whoever wrote it', async () => {
      const other = await open()
      const before = await store.stamp()
      await putItems(other, [scarf])
      await putEvents(other, [{ user: 'u', item: 'a', type: 'rating', value: 4, at: 1000 }])
      await other.setMeta('weights', 'news')
      const after = await store.stamp()
      expect([after.items > before.items, after.events > before.events]).toEqual([true, true])
      expect(after).toMatchObject({ newest: 1000, ratingMax: 4 })
      expect([await store.getMeta('weights'), await store.getMeta('nothing')]).toEqual(['news', null])
      expect(await store.findUser('u')).not.toBeNull()
    })
  })

  describe('vectors of texts', () => {
    const hashes = ['a', 'b'].map(hashText)

    it('that are float32 are rounded, once, and those of other encoders stay', async () => {
      const vectors = [Float32Array.of(0.6, -0.8), Float32Array.of(1, 0)]
      const fine = vectors.map((vector) => writeVector(vector, 32))
      await store.saveVectors('e', 32, hashes, fine)
      await store.saveVectors('f', 32, hashes, fine)
      await store.saveVectors('e', 16, hashes.slice(0, 1), [writeVector(vectors[1], 16)])
      await store.roundVectors('e', 16)
      await store.roundVectors('e', 16)
      expect(await store.cachedVectors('e', 32, hashes)).toEqual([null, null])
      const kept = (await store.cachedVectors('e', 16, hashes)).map((bytes) => [...readVector(bytes!, 16, 2)])
      // What is there already is as good.
      expect(kept).toEqual([
        [1, 0],
        [1, 0],
      ])
      expect((await store.cachedVectors('f', 32, hashes)).map((bytes) => bytes?.length)).toEqual([8, 8])
    })
  })

  describe('replies', () => {
    const hash = hashText('what is it?')

    it("are a user's own, else another's, else nobody's; the latest to a question stands", async () => {
      await putItems(store, [scarf])
      await putEvents(store, [
        { user: 'ann', item: 'a' },
        { user: 'ben', item: 'a' },
      ])
      const [ann, ben] = [await store.findUser('ann'), await store.findUser('ben')]
      expect(await store.findReply(hash, ann)).toBeNull()
      await store.saveReply(hash, ann, REPLY)
      expect(await store.findReply(hash, ann)).toEqual({ reply: REPLY, own: true })
      expect(await store.findReply(hash, ben)).toEqual({ reply: REPLY, own: false })
      expect(await store.findReply(hash, null)).toBeNull()
      const refused = { ...REPLY, value: null, refused: 'schema' as const }
      const { edits } = await store.stamp()
      await store.saveReply(hash, ben, refused)
      expect((await store.stamp()).edits).toBe(edits + 1)
      expect(await store.findReply(hash, ben)).toEqual({ reply: refused, own: true })
      await store.saveReply(hash, ben, REPLY)
      expect(await store.replies(ben!)).toEqual([REPLY])
      await store.saveReply(hash, null, REPLY)
      expect(await store.findReply(hash, null)).toEqual({ reply: REPLY, own: true })
    })

    it('of who is gone are neither kept nor taken up', async () => {
      await putItems(store, [scarf])
      await putEvents(store, [{ user: 'ann', item: 'a' }])
      const ann = (await store.findUser('ann'))!
      await store.saveReply(hash, ann, REPLY)
      await store.forget(ann, null)
      expect(await store.replies(ann)).toEqual([])
      expect(await store.saveReply(hash, ann, REPLY)).toBe(false)
      expect(await store.findReply(hash, ann)).toBeNull()
    })

    it('are asked for users with events, in the order in which they came', async () => {
      await putItems(store, [scarf])
      await putEvents(
        store,
        ['zoe', 'ann', 'ben'].map((user) => ({ user, item: 'a' })),
      )
      const ids: string[] = []
      for await (const id of store.everyUser()) ids.push(id)
      expect(ids).toEqual(['zoe', 'ann', 'ben'])
    })
  })

  describe('items', () => {
    it('are added, changed, kept and removed by what the file says', async () => {
      expect(await putItems(store, [scarf, teapot, spade])).toEqual({ added: 3, updated: 0, unchanged: 0, removed: 0 })
      expect(await putItems(store, [scarf, { ...teapot, title: 'glass teapot' }])).toEqual({
        added: 0,
        updated: 1,
        unchanged: 1,
        removed: 1,
      })
      const [first, second, ...none] = await store.findItems(['a', 'b', 'c', 'd'])
      expect([second! > first!, none]).toEqual([true, [null, null]])
      expect(await putItems(store, [spade], false)).toEqual({ added: 1, updated: 0, unchanged: 0, removed: 0 })
      expect((await store.findItems(['c']))[0]).toBeGreaterThan(second!)
    })

    it('of a rejected row are not taken for gone', async () => {
      await putItems(store, [scarf, teapot])
      await store.beginStaging()
      await store.stageItems(rowsOf([scarf]))
      await store.stageKept(['b'])
      expect(await store.mergeItems({ prune: true, limit: 1 })).toMatchObject({ removed: 0 })
    })

    it('are never removed beyond the limit, and nothing else of the file goes in then', async () => {
      await putItems(store, [scarf, teapot, spade])
      await store.beginStaging()
      await store.stageItems(rowsOf([{ id: 'new', title: 'oak chair' }]))
      await expect(store.mergeItems({ prune: true, limit: 0.2 })).rejects.toMatchObject({ code: 'LIMIT' })
      expect((await store.counts()).items).toBe(3)
    })

    it('that changed since a stamp are told, and so are those that went', async () => {
      await putItems(store, [scarf, teapot, spade])
      const { items } = await store.stamp()
      expect(await store.readItems(items)).toEqual([])
      await putItems(store, [scarf, { ...teapot, title: 'glass teapot' }])
      const changed = await store.readItems(items)
      expect(changed.map(({ item, live }) => [item.title, live])).toEqual([
        ['glass teapot', true],
        ['garden spade', false],
      ])
      expect((await store.readItems()).map(({ item }) => item.id)).toEqual(['a', 'b'])
    })

    it('of one id stand once: the first row wins and the others are named', async () => {
      await store.beginStaging()
      expect(await store.stageItems(rowsOf([scarf, { ...scarf, title: 'again' }]))).toEqual([2])
    })
  })

  describe('events', () => {
    it('count once however often they are given, unknown items aside', async () => {
      await putItems(store, [scarf, teapot])
      const events = [
        { user: 'u', item: 'a', at: 1000 },
        { user: 'u', item: 'a', at: 2000 },
        { user: 'u', item: 'a' },
        { user: 'v', item: 'x' },
      ]
      expect(await putEvents(store, events)).toEqual({ added: 3, duplicate: 0, rejected: 1, users: 1 })
      expect(await putEvents(store, events)).toEqual({ added: 0, duplicate: 3, rejected: 1, users: 1 })
      expect(await store.rejections()).toEqual([{ file: 'events.csv', line: 4, reason: 'unknown item', field: 'item' }])
      expect(await store.findUser('v')).toBeNull()
    })

    it('of removed items stay, and stand again as duplicates', async () => {
      await putItems(store, [scarf, teapot])
      await putEvents(store, [{ user: 'u', item: 'a' }])
      await putItems(store, [teapot])
      expect(
        await putEvents(store, [
          { user: 'u', item: 'a' },
          { user: 'u', item: 'a', at: 5 },
        ]),
      ).toMatchObject({ duplicate: 1, rejected: 1 })
      expect((await store.readItems()).map(({ item, live }) => [item.id, live])).toEqual([
        ['a', false],
        ['b', true],
      ])
    })

    it('are read in blocks of whole users', async () => {
      await putItems(store, [scarf, teapot])
      await putEvents(
        store,
        Array.from({ length: 50 }, (_, i) => ({ user: `u${i % 7}`, item: 'a', at: i + 1 })),
      )
      const { lastSeq } = await store.tally()
      const users: number[] = []
      for await (const block of store.allEvents(lastSeq)) users.push(...block.users)
      expect(users).toHaveLength(50)
      expect(users).toEqual([...users].sort((a, b) => a - b))
    })
  })

  describe('generations', () => {
    it('are read whole, the newest two are kept', async () => {
      const bytes = Uint8Array.from({ length: 20_000_000 }, (_, i) => i * 7)
      for (let n = 1; n <= 3; n++)
        await store.saveGeneration(INFO, { big: bytes, small: Uint8Array.of(n) }, { keep: 2, forgets: 0 })
      const { big, small } = await store.loadArtefacts(3)
      expect(Buffer.compare(big, bytes)).toBe(0)
      expect([...small]).toEqual([3])
      expect(await store.loadArtefacts(1)).toEqual({})
      expect((await store.loadArtefacts(2)).small).toEqual(Uint8Array.of(2))
    })

    it('are taken into use one at a time; the one that was is kept beside the next', async () => {
      const save = (n: number) => store.saveGeneration(INFO, { part: Uint8Array.of(n) }, { keep: 2, forgets: 0 })
      expect(await store.generations()).toEqual([])
      await save(1)
      await save(2)
      expect(await store.generations()).toEqual([
        { ...INFO, id: 2, inUse: true, bytes: 1 },
        { ...INFO, id: 1, inUse: false, bytes: 1 },
      ])
      expect(await store.useGeneration(1)).toBe(true)
      expect([(await store.stamp()).generation, (await store.generation())?.id]).toEqual([1, 1])
      expect(await store.useGeneration(7)).toBe(false)
      await store.mend()
      expect((await store.stamp()).generation).toBe(1)
      await save(3)
      expect((await store.generations()).map(({ id, inUse }) => [id, inUse])).toEqual([
        [3, true],
        [1, false],
      ])
      expect(await store.loadArtefacts(2)).toEqual({})
    })

    it('are not written where the one that they rest on is no longer in use, and replace one where they are asked to', async () => {
      const save = (n: number, more: object = {}) =>
        store.saveGeneration(INFO, { part: Uint8Array.of(n) }, { keep: 2, forgets: 0, ...more })
      await save(1)
      await save(2)
      expect(await save(3, { basedOn: 1 })).toBeNull()
      expect((await store.stamp()).generation).toBe(2)
      expect(await save(3, { basedOn: 2, replaces: 2 })).toBe(3)
      expect((await store.generations()).map(({ id }) => id)).toEqual([3, 1])
    })

    it('come with the interests that were mined for them, which a generation in the same space takes over', async () => {
      const interest = { id: 'i1', level: 'point' as const, label: 'Tea', head: 'Tea', modifiers: [], items: [1, 2] }
      const change = (label: string) => ({ what: 'new' as const, before: [], after: [{ id: 'i1', label }] })
      const save = (n: number, more: object) =>
        store.saveGeneration(
          { ...INFO, builtAt: `2024-01-0${n}T00:00:00.000Z` },
          { part: Uint8Array.of(n) },
          { keep: 2, forgets: 0, ...more },
        )
      const mined = (label: string) => [
        { user: 1, interests: [{ ...interest, label }], changes: [change(label)] },
        { user: 2, interests: [], changes: [change(label)] },
        { user: 3, interests: [interest], changes: [] },
      ]
      await save(1, { mined: mined('Tea') })
      await save(2, { basedOn: 1 })
      expect(await store.minedOf(2, 1)).toEqual([interest])
      expect(await store.minedOf(2, 2)).toEqual([])
      await save(3, { mined: mined('Green tea') })
      expect([...(await store.minedBetween(3, 2, 9)).keys()]).toEqual([3])
      expect([(await store.minedOf(2, 1))[0].label, (await store.minedOf(3, 1))[0].label]).toEqual(['Tea', 'Green tea'])
      // Generation 1 is no longer kept, and nor is what it mined; what it found stays.
      expect(await store.minedOf(1, 1)).toEqual([])
      const lineageOf = async (user: number) =>
        (await store.lineage(user)).map(({ generation, at }) => [generation, at])
      const first = [1, '2024-01-01T00:00:00.000Z']
      expect(await lineageOf(1)).toEqual([first, [3, '2024-01-03T00:00:00.000Z']])
      await store.useGeneration(2)
      expect(await lineageOf(2)).toEqual([first])
      await save(4, { mined: [] })
      expect(await lineageOf(2)).toEqual([first])
      expect(await store.minedBetween(3, 1, 9)).toEqual(new Map())
    })

    it('other than the one in use go with a forgotten user', async () => {
      await putItems(store, [scarf])
      await putEvents(store, [{ user: 'u', item: 'a' }])
      for (let n = 1; n <= 2; n++) {
        await store.saveGeneration(INFO, { part: Uint8Array.of(n) }, { keep: 2, forgets: 0 })
      }
      const newest = (await store.generation())!
      await store.useGeneration(1)
      const counted = { artefacts: { part: Uint8Array.of(9) } }
      expect(await store.forget(1, { info: newest, ...counted })).toBeNull()
      expect(await store.forget(1, { info: (await store.generation())!, ...counted })).toBe(1)
      expect((await store.generations()).map(({ id }) => id)).toEqual([1])
      expect((await store.loadArtefacts(1)).part).toEqual(Uint8Array.of(9))
      expect(await store.useGeneration(2)).toBe(false)
    })
  })

  describe('a checkpoint', () => {
    const parts = (n: number) => ({ part: Uint8Array.of(n, 2, 3), none: new Uint8Array(0) })

    it('is found by its key alone, and the next one takes its place', async () => {
      expect(await store.loadCheckpoint('a')).toBeNull()
      expect(await store.saveCheckpoint('a', parts(1), 0)).toBe(true)
      expect(await store.loadCheckpoint('a')).toEqual(parts(1))
      expect(await store.loadCheckpoint('b')).toBeNull()
      await store.saveCheckpoint('b', { part: Uint8Array.of(7) }, 0)
      expect(await store.loadCheckpoint('a')).toBeNull()
      expect(await store.loadCheckpoint('b')).toEqual({ part: Uint8Array.of(7) })
      expect(await store.generations()).toEqual([])
    })

    it('goes with the next generation and with a forgotten user, and is not written after one', async () => {
      await store.saveCheckpoint('a', parts(1), 0)
      await store.saveGeneration(INFO, { part: Uint8Array.of(9) }, { keep: 2, forgets: 0 })
      expect(await store.loadCheckpoint('a')).toBeNull()
      await putItems(store, [scarf])
      await putEvents(store, [{ user: 'u', item: 'a' }])
      await store.saveCheckpoint('a', parts(1), 0)
      await store.forget(1, { info: (await store.generation())!, artefacts: {} })
      expect(await store.loadCheckpoint('a')).toBeNull()
      expect(await store.saveCheckpoint('a', parts(1), 0)).toBe(false)
      expect(await store.loadCheckpoint('a')).toBeNull()
      expect(await store.loadArtefacts(1)).toEqual({ part: Uint8Array.of(9) })
    })
  })

  describe('items, read', () => {
    it('are found by key, by id, by a condition, and in parts', async () => {
      await putItems(store, [scarf, teapot, spade])
      const keys = (await store.findItems(['a', 'b', 'c'])) as number[]
      expect([...(await store.itemsByKey(keys.slice(0, 2))).values()].map(({ title }) => title)).toEqual([
        scarf.title,
        teapot.title,
      ])
      const ids: string[] = []
      for await (const id of store.itemIds()) ids.push(id)
      expect(ids.sort()).toEqual(['a', 'b', 'c'])
      expect([...(await store.itemsWhere(({ title }) => title.includes('a')))].sort()).toEqual([...keys].sort())
      expect([...(await store.itemsWhere(({ title }) => title.includes('teapot')))]).toEqual([keys[1]])
      const parts: string[][] = []
      for await (const part of store.itemBatches(2)) parts.push(part.map(({ item }) => item.id))
      expect(parts).toEqual([['a', 'b'], ['c']])
      expect(await store.countItems('e', 32)).toEqual({ items: 3, missing: 3 })
    })

    it('keep the vectors of towers until others take their place', async () => {
      await putItems(store, [scarf])
      const [key] = (await store.findItems(['a'])) as number[]
      const encodedOf = async () => (await store.readItems())[0].encoded?.image
      expect(await encodedOf()).toBeUndefined()
      await store.saveEncoded('image', 'clip', [{ key, vector: Float32Array.of(0.6, 0.8) }])
      expect(Array.from((await encodedOf())!, (x) => Math.round(10 * x))).toEqual([6, 8])
      await store.saveEncoded('image', 'clip', [{ key, vector: null }])
      expect(await encodedOf()).toBeUndefined()
    })

    it('that were set aside are told by reason', async () => {
      await store.beginStaging()
      const row = (line: number, reason: string) => ({ file: 'items.csv', line, reason, field: 'title' })
      await store.stageRejections([row(2, 'no text'), row(5, 'no text'), row(3, 'no id')])
      await store.mergeItems({ prune: false, limit: 1 })
      expect(await store.rejections(2)).toHaveLength(2)
      const counts = (await store.rejectionCounts()).sort((a, b) => b.count - a.count)
      expect(counts).toEqual([
        { reason: 'no text', count: 2 },
        { reason: 'no id', count: 1 },
      ])
    })
  })

  describe('users', () => {
    const event = (user: string, at: number) => ({ user, item: 'a', at, type: 'rating', value: at })

    it('have events in the order in which they came, up to any of them', async () => {
      await putItems(store, [scarf])
      await putEvents(store, [event('ann', 3), event('ann', 2), event('ben', 4)])
      const { lastSeq } = await store.tally()
      const [ann, ben] = [(await store.findUser('ann'))!, (await store.findUser('ben'))!]
      await putEvents(store, [event('ann', 5)])
      expect([...(await store.userEvents(ann)).at]).toEqual([3, 2, 5])
      expect([...(await store.userEventsUntil(ann, lastSeq)).at]).toEqual([3, 2])
      expect([...(await store.usersSince(lastSeq))]).toEqual([ann])
      expect(await store.userIds([ben, 9999, ann])).toEqual(['ben', null, 'ann'])
      const others: number[] = []
      for await (const block of store.allEvents((await store.tally()).lastSeq, ann)) others.push(...block.at)
      expect(others).toEqual([4])
      expect([await store.ratingMaxWithout(ann), await store.ratingMaxWithout(ben)]).toEqual([4, 5])
    })

    it('have edits, of which the last is taken back first', async () => {
      await putItems(store, [scarf])
      await putEvents(store, [event('ann', 1), event('ben', 2)])
      const ann = (await store.findUser('ann'))!
      const evidence = { level: 'point' as const, domain: ['Clothes'], items: ['a'] }
      const edit = { at: null, interest: 'i1', label: 'Scarfs', evidence }
      await store.addEdit('ann', { ...edit, action: 'mute', value: null })
      await store.addEdit('ann', { ...edit, action: 'boost', value: 2 })
      expect((await store.edits(ann)).map(({ action, undone }) => [action, undone])).toEqual([
        ['mute', false],
        ['boost', false],
      ])
      expect(await store.editors()).toEqual([ann])
      expect(await store.undoEdit(ann)).toBe(true)
      expect((await store.edits(ann)).map(({ undone }) => undone)).toEqual([false, true])
      expect([await store.undoEdit(ann), await store.undoEdit(ann)]).toEqual([true, false])
      expect(await store.editors()).toEqual([])
      expect((await store.edits(ann))[0].evidence).toEqual(evidence)
    })

    it('that are forgotten leave nothing, and what was fitted with them is not written any more', async () => {
      await putItems(store, [scarf])
      await putEvents(store, [event('ann', 1), event('ben', 2)])
      await store.saveGeneration(INFO, { part: Uint8Array.of(1) }, { keep: 2, forgets: 0 })
      const ann = (await store.findUser('ann'))!
      const { forgets } = await store.stamp()
      expect(await store.forget(ann, { info: (await store.generation())!, artefacts: {} })).toBe(1)
      await store.compact()
      expect(await store.findUser('ann')).toBeNull()
      expect((await store.stamp()).forgets).toBeGreaterThan(forgets)
      expect(await store.saveGeneration(INFO, { part: Uint8Array.of(2) }, { keep: 2, forgets })).toBeNull()
    })
  })

  describe('the ledger of private answers', () => {
    const spending = { at: '2024-01-01T00:00:00.000Z', question: 'how many?', epsilon: 1, delta: 0, rho: null }

    it('holds each answer once, and what was paid', async () => {
      expect(await store.ledger()).toEqual({ budget: null, spendings: [] })
      await store.setBudget({ epsilon: 2, delta: 1e-6 })
      expect(await store.answerInLedger('how many?')).toBeNull()
      expect(await store.spend(spending, '41', () => true)).toBe('41')
      expect(await store.spend(spending, '42', () => true)).toBe('41')
      expect(await store.answerInLedger('how many?')).toBe('41')
      expect(await store.spend({ ...spending, question: 'who?' }, '1', () => false)).toBeNull()
      expect(await store.ledger()).toEqual({ budget: { epsilon: 2, delta: 1e-6 }, spendings: [spending] })
    })

    it('lets two hands with money for one answer have one', async () => {
      const other = await open()
      const first = (_: unknown, spent: readonly unknown[]) => spent.length === 0
      const both = [store, other].map((one, i) => one.spend({ ...spending, question: `q${i}` }, String(i), first))
      expect((await Promise.all(both)).filter((answer) => answer !== null)).toHaveLength(1)
    })

    it('is charged each time anew for what has no answer', async () => {
      const { question: _, ...cost } = spending
      expect(await store.charge({ what: 'train' }, cost, () => true)).toBe(true)
      expect(await store.charge({ what: 'train' }, cost, () => true)).toBe(true)
      expect(await store.charge({ what: 'train' }, cost, () => false)).toBe(false)
      expect((await store.ledger()).spendings).toHaveLength(2)
    })
  })
})
