import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../src/hash.js'
import { createRandom } from '../../src/random.js'
import { APPLICATION_ID, MIGRATIONS, STORE_VERSION } from '../../src/store/sqlite/migrations.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Store } from '../../src/store/store.js'
import type { Interaction, Item } from '../../src/types/items.js'
import { readVector, writeVector } from '../../src/vectors/vector-bytes.js'

let folder: string
let path: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  path = join(folder, 'a.db')
  store = await openSqliteStore(path)
  return () => store.close()
})

const rowsOf = (items: Item[]) =>
  items.map((item, i) => ({
    line: i + 1,
    item,
    hash: hashText(JSON.stringify(item)),
    fullHash: hashText(item.title),
    shortHash: hashText(item.title),
  }))

async function putItems(items: Item[], prune = true) {
  await store.beginStaging()
  await store.stageItems(rowsOf(items))
  return store.mergeItems({ prune, limit: 1 })
}

async function putEvents(events: Interaction[]) {
  await store.beginStaging()
  await store.stageEvents(
    events.map((event, i) => ({
      line: i + 1,
      event: { ...event, type: event.type ?? 'view', at: (event.at ?? null) as number | null },
    })),
  )
  return store.mergeEvents('events.csv')
}

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

const REPLY = { prompt: 'name-interest@1', model: 'm', items: ['a', 'b'], value: { label: 'Scarfs' }, refused: null }

describe('replies', () => {
  const hash = hashText('what is it?')

  it("are a user's own, else another's, else nobody's; the latest to a question stands", async () => {
    await putItems([scarf])
    await putEvents([
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
    await putItems([scarf])
    await putEvents([{ user: 'ann', item: 'a' }])
    const ann = (await store.findUser('ann'))!
    await store.saveReply(hash, ann, REPLY)
    await store.forget(ann, null)
    expect(await store.replies(ann)).toEqual([])
    expect(await store.saveReply(hash, ann, REPLY)).toBe(false)
    expect(await store.findReply(hash, ann)).toBeNull()
  })

  it('are asked for users with events, in the order in which they came', async () => {
    await putItems([scarf])
    await putEvents(['zoe', 'ann', 'ben'].map((user) => ({ user, item: 'a' })))
    const ids: string[] = []
    for await (const id of store.everyUser()) ids.push(id)
    expect(ids).toEqual(['zoe', 'ann', 'ben'])
  })
})

const hashOf = (text: string) => Buffer.from(hashText(text)).toString('hex')

const scarf = { id: 'a', title: 'red wool scarf' }
const teapot = { id: 'b', title: 'ceramic teapot' }
const spade = { id: 'c', title: 'garden spade' }

describe('items', () => {
  it('are added, changed, kept and removed by what the file says', async () => {
    expect(await putItems([scarf, teapot, spade])).toEqual({ added: 3, updated: 0, unchanged: 0, removed: 0 })
    expect(await putItems([scarf, { ...teapot, title: 'glass teapot' }])).toEqual({
      added: 0,
      updated: 1,
      unchanged: 1,
      removed: 1,
    })
    expect(await store.findItems(['a', 'b', 'c', 'd'])).toEqual([1, 2, null, null])
    expect(await putItems([spade], false)).toEqual({ added: 1, updated: 0, unchanged: 0, removed: 0 })
    expect(await store.findItems(['c'])).toEqual([3])
  })

  it('of a rejected row are not taken for gone', async () => {
    await putItems([scarf, teapot])
    await store.beginStaging()
    await store.stageItems(rowsOf([scarf]))
    await store.stageKept(['b'])
    expect(await store.mergeItems({ prune: true, limit: 1 })).toMatchObject({ removed: 0 })
  })

  it('are never removed beyond the limit, and nothing else of the file goes in then', async () => {
    await putItems([scarf, teapot, spade])
    await store.beginStaging()
    await store.stageItems(rowsOf([{ id: 'new', title: 'oak chair' }]))
    await expect(store.mergeItems({ prune: true, limit: 0.2 })).rejects.toMatchObject({ code: 'LIMIT' })
    expect((await store.counts()).items).toBe(3)
  })

  it('that changed since a stamp are told, and so are those that went', async () => {
    await putItems([scarf, teapot, spade])
    const { items } = await store.stamp()
    expect(await store.readItems(items)).toEqual([])
    await putItems([scarf, { ...teapot, title: 'glass teapot' }])
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
    await putItems([scarf, teapot])
    const events = [
      { user: 'u', item: 'a', at: 1000 },
      { user: 'u', item: 'a', at: 2000 },
      { user: 'u', item: 'a' },
      { user: 'v', item: 'x' },
    ]
    expect(await putEvents(events)).toEqual({ added: 3, duplicate: 0, rejected: 1, users: 1 })
    expect(await putEvents(events)).toEqual({ added: 0, duplicate: 3, rejected: 1, users: 1 })
    expect(await store.rejections()).toEqual([{ file: 'events.csv', line: 4, reason: 'unknown item', field: 'item' }])
    expect(await store.findUser('v')).toBeNull()
  })

  it('of removed items stay, and stand again as duplicates', async () => {
    await putItems([scarf, teapot])
    await putEvents([{ user: 'u', item: 'a' }])
    await putItems([teapot])
    expect(
      await putEvents([
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
    await putItems([scarf, teapot])
    await putEvents(Array.from({ length: 50 }, (_, i) => ({ user: `u${i % 7}`, item: 'a', at: i + 1 })))
    const { lastSeq } = await store.tally()
    const users: number[] = []
    for await (const block of store.allEvents(lastSeq)) users.push(...block.users)
    expect(users).toHaveLength(50)
    expect(users).toEqual([...users].sort((a, b) => a - b))
  })
})

describe('forgetting', () => {
  it('leaves no byte of the user in any file', async () => {
    await putItems([scarf, teapot])
    const events = Array.from({ length: 400 }, (_, i) => ({
      user: i % 2 ? 'secret-4711' : `other ${i}`,
      item: 'a',
      at: i + 1,
      type: i % 2 ? 'secretkind9' : 'view',
    }))
    await putEvents(events)
    const evidence = { level: 'point' as const, domain: [], items: ['a'] }
    await store.addEdit('secret-4711', {
      at: null,
      interest: 'i1',
      label: 'scarves',
      action: 'rename',
      value: 'my hidden name',
      evidence,
    })
    expect(await store.forget((await store.findUser('secret-4711'))!, null)).toBe(200)
    await store.compact()
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file), 'latin1')
      expect(bytes).not.toMatch(/secret-4711|secretkind9|my hidden name/)
    }
    expect(await store.findUser('secret-4711')).toBeNull()
    expect((await store.counts()).users).toBe(200)
  })

  it('leaves no shreds of rows that were moved when a page was split', async () => {
    const users = Array.from({ length: 2000 }, (_, i) => `user ${hashOf(`u${i}`)}`)
    const textOf = (i: number) => `text ${hashOf(`t${i}`)}`
    await putItems([scarf])
    await putEvents(users.map((user) => ({ user, item: 'a' })))
    const db = new Database(path)
    db.pragma('secure_delete = ON')
    const write = db.prepare('INSERT OR REPLACE INTO mined VALUES (?, ?, ?)')
    const random = createRandom(5)
    // As builds and events do over the years: rows come anywhere, grow and shrink.
    for (let round = 0; round < 60; round++) {
      db.transaction(() => {
        for (let k = 0; k < 150; k++) {
          const i = random.below(users.length)
          write.run(1 + (round >> 3), i + 1, JSON.stringify(textOf(i).repeat(1 + random.below(6))))
        }
        db.prepare('DELETE FROM mined WHERE generation < ?').run((round >> 3) - 1)
      })()
    }
    db.close()
    const gone = Array.from(users.keys()).filter((i) => i % 3 === 0)
    for (const i of gone) await store.forget(i + 1, null)
    await store.compact()
    const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)))
    const left = (word: string) => files.some((bytes) => bytes.includes(word))
    expect(gone.filter((i) => left(users[i]) || left(textOf(i)))).toEqual([])
    expect(left(users[1])).toBe(true)
  })
})

describe('generations', () => {
  const info = {
    builtAt: '',
    format: 1,
    encoder: 'e',
    encoderName: 'e',
    dims: 2,
    itemsChange: 0,
    eventsSeq: 0,
    items: 0,
    events: 0,
    stale: false,
  }

  it('are read whole, the newest two are kept', async () => {
    const bytes = Uint8Array.from({ length: 20_000_000 }, (_, i) => i * 7)
    for (let n = 1; n <= 3; n++)
      await store.saveGeneration(info, { big: bytes, small: Uint8Array.of(n) }, { keep: 2, forgets: 0 })
    const { big, small } = await store.loadArtefacts(3)
    expect(Buffer.compare(big, bytes)).toBe(0)
    expect([...small]).toEqual([3])
    expect(await store.loadArtefacts(1)).toEqual({})
    expect((await store.loadArtefacts(2)).small).toEqual(Uint8Array.of(2))
  })

  it('are taken into use one at a time; the one that was is kept beside the next', async () => {
    const save = (n: number) => store.saveGeneration(info, { part: Uint8Array.of(n) }, { keep: 2, forgets: 0 })
    expect(await store.generations()).toEqual([])
    await save(1)
    await save(2)
    expect(await store.generations()).toEqual([
      { ...info, id: 2, inUse: true, bytes: 1 },
      { ...info, id: 1, inUse: false, bytes: 1 },
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
      store.saveGeneration(info, { part: Uint8Array.of(n) }, { keep: 2, forgets: 0, ...more })
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
        { ...info, builtAt: `2024-01-0${n}T00:00:00.000Z` },
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
    const lineageOf = async (user: number) => (await store.lineage(user)).map(({ generation, at }) => [generation, at])
    const first = [1, '2024-01-01T00:00:00.000Z']
    expect(await lineageOf(1)).toEqual([first, [3, '2024-01-03T00:00:00.000Z']])
    await store.useGeneration(2)
    expect(await lineageOf(2)).toEqual([first])
    await save(4, { mined: [] })
    expect(await lineageOf(2)).toEqual([first])
    expect(await store.minedBetween(3, 1, 9)).toEqual(new Map())
  })

  it('other than the one in use go with a forgotten user', async () => {
    await putItems([scarf])
    await putEvents([{ user: 'u', item: 'a' }])
    for (let n = 1; n <= 2; n++) {
      await store.saveGeneration(info, { part: Uint8Array.of(n) }, { keep: 2, forgets: 0 })
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

  it('with a flipped byte are refused', async () => {
    await store.saveGeneration(info, { part: Uint8Array.of(1, 2, 3) }, { keep: 2, forgets: 0 })
    const other = new Database(path)
    other.prepare("UPDATE blobs SET bytes = x'010203ff'").run()
    other.close()
    await expect(store.loadArtefacts(1)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await store.check()).toHaveLength(1)
  })
})

describe('a checkpoint', () => {
  const info = {
    builtAt: '2024-01-01T00:00:00.000Z',
    format: 1,
    encoder: 'e',
    encoderName: null,
    dims: 3,
    itemsChange: 0,
    eventsSeq: 0,
    items: 0,
    events: 0,
    stale: false,
    scorerStale: false,
  }
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
    await store.saveGeneration(info, { part: Uint8Array.of(9) }, { keep: 2, forgets: 0 })
    expect(await store.loadCheckpoint('a')).toBeNull()
    await putItems([scarf])
    await putEvents([{ user: 'u', item: 'a' }])
    await store.saveCheckpoint('a', parts(1), 0)
    await store.forget(1, { info: (await store.generation())!, artefacts: {} })
    expect(await store.loadCheckpoint('a')).toBeNull()
    expect(await store.saveCheckpoint('a', parts(1), 0)).toBe(false)
    expect(await store.loadCheckpoint('a')).toBeNull()
    expect(await store.loadArtefacts(1)).toEqual({ part: Uint8Array.of(9) })
  })

  it('that is damaged is none; mending drops it', async () => {
    await store.saveCheckpoint('a', parts(1), 0)
    const other = new Database(path)
    other.prepare("UPDATE blobs SET bytes = x'ff0203' WHERE name = 'part'").run()
    other.close()
    expect(await store.loadCheckpoint('a')).toBeNull()
    expect(await store.check()).toEqual([expect.stringContaining('a training that was stopped')])
    await store.mend()
    expect(await store.check()).toEqual([])
  })
})

describe('opening', () => {
  it('of an older version is brought up to date, and keeps what it holds', async () => {
    const old = join(folder, 'old.db')
    const db = new Database(old)
    db.exec(MIGRATIONS[0])
    db.exec("INSERT INTO users (id) VALUES ('u'); INSERT INTO generations (info) VALUES ('{}')")
    db.pragma('user_version = 1')
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.close()
    const opened = await openSqliteStore(old)
    expect((await opened.counts()).version).toBe(STORE_VERSION)
    const user = (await opened.findUser('u'))!
    expect([await opened.minedOf(1, user), await opened.lineage(user)]).toEqual([[], []])
    await opened.close()
  })

  it('refuses what is no store, is cut, or is newer', async () => {
    await putItems([scarf])
    const other = new Database(path)
    other.pragma('wal_checkpoint(TRUNCATE)')
    other.close()
    const cases: [string, Uint8Array, string][] = [
      ['text.db', Buffer.from('no store at all\n'.repeat(500)), 'STORE_DAMAGED'],
      ['cut.db', readFileSync(path).subarray(0, 5000), 'STORE_DAMAGED'],
    ]
    for (const [name, bytes, code] of cases) {
      writeFileSync(join(folder, name), bytes)
      await expect(openSqliteStore(join(folder, name)), name).rejects.toMatchObject({
        code,
        message: expect.stringContaining(name),
      })
    }
    const foreign = new Database(join(folder, 'foreign.db'))
    foreign.exec('CREATE TABLE t (a)')
    foreign.close()
    await expect(openSqliteStore(join(folder, 'foreign.db'))).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    const newer = new Database(path)
    newer.pragma('user_version = 99')
    newer.close()
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' })
    await expect(openSqliteStore(join(folder, 'none.db'), { mustExist: true })).rejects.toMatchObject({
      code: 'NO_STORE',
    })
    expect(readdirSync(folder)).not.toContain('none.db')
  })

  it('of an older version gets the tables that it lacks, and keeps what it has', async () => {
    const old = join(folder, 'old.db')
    const db = new Database(old)
    db.exec(MIGRATIONS[0])
    db.pragma('user_version = 1')
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.exec("INSERT INTO users (id) VALUES ('u')")
    db.close()
    const opened = await openSqliteStore(old)
    const user = await opened.findUser('u')
    expect(user).toBe(1)
    expect(await opened.saveReply(hashText('q'), user, REPLY)).toBe(true)
    expect(await opened.replies(1)).toEqual([REPLY])
    expect((await opened.counts()).version).toBe(STORE_VERSION)
    await opened.close()
  })

  it('says STORE_BUSY where another process writes', async () => {
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    const patient = await openSqliteStore(path)
    await expect(patient.setMeta('a', 'b')).rejects.toMatchObject({ code: 'STORE_BUSY' })
    other.exec('ROLLBACK')
    other.close()
    await patient.close()
  }, 15_000)
})
