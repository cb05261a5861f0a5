import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BuildReport, Interaction, Miner } from '../dist/index.js'
import { createRandom } from '../src/random.js'
import { idOf, themedEvents, vectorItems } from './helpers/catalogue.js'
import { useMiners } from './helpers/miners.js'
import { makePlace, type Place } from './helpers/place.js'

const ITEMS = vectorItems()
const EVENTS = themedEvents()
const USER = 'person-7391@example.org'
const NAME = 'Presents for Aunt Wilhelmina'
const MARCH = Date.UTC(2024, 2, 1)
const DAY = 86_400_000

/** What the user did, with everything an event can hold. */
const OWN: Interaction[] = [0, 1, 2, 3].flatMap((i) => [
  { user: USER, item: idOf('guitar', i), type: 'purchase', at: MARCH + i * DAY, quantity: i + 1 },
  { user: USER, item: idOf('teapot', i), type: 'review', at: MARCH + i * DAY + 1000, value: 5 },
  { user: USER, item: idOf('spade', i), type: 'a kind of their own', at: MARCH + i * DAY + 2000, dwell: 77.5 },
])

let place: Place
const { open } = useMiners()
beforeAll(() => {
  place = makePlace()
})
afterAll(() => place?.remove())

async function build(store: string, events: Interaction[]): Promise<Miner> {
  const miner = await open(store)
  await miner.build({ items: ITEMS, events })
  return miner
}

/** Names of the files of a store that hold any of the words, as UTF-8 or UTF-16. */
function filesWith(store: string, words: string[]): string[] {
  const name = store.slice(place.folder.length + 1)
  return readdirSync(place.folder).filter((file) => {
    if (!file.startsWith(name)) return false
    const bytes = readFileSync(join(place.folder, file))
    return words.some((word) => bytes.includes(word) || bytes.includes(Buffer.from(word, 'utf16le')))
  })
}

/** The newest generation's counts as they lie in the file. */
function countsOf(store: string): Record<string, string> {
  const db = new Database(store, { readonly: true })
  try {
    const rows = db
      .prepare(
        `SELECT name, bytes FROM blobs WHERE name LIKE 'covisits.%' AND generation = (SELECT generation FROM state)
         ORDER BY name, part`,
      )
      .all() as { name: string; bytes: Buffer }[]
    const counts: Record<string, string> = {}
    for (const { name, bytes } of rows) counts[name] = (counts[name] ?? '') + bytes.toString('hex')
    return counts
  } finally {
    db.close()
  }
}

const scoresOf = async (miner: Miner, user: string) => {
  const { kind, recommendations } = await miner.recommend(user, { limit: 1000, diversity: 0 })
  return { kind, scores: recommendations.map(({ item, logit, contributions }) => ({ item, logit, contributions })) }
}

describe('export', () => {
  it('holds everything about a user', async () => {
    const miner = await build(place.path(), [...EVENTS, ...OWN])
    const { interests } = await miner.interests(USER)
    await miner.editInterest(USER, interests[0].id, { rename: NAME })
    await miner.editInterest(USER, interests[1].id, { mute: true })
    await miner.undoEdit(USER)
    const exported = await miner.exportUser(USER)
    expect(exported.user).toBe(USER)
    expect(exported.events).toEqual(
      OWN.map(({ item, type, at, value = null, dwell = null, quantity = null }) => ({
        item,
        type: type === 'a kind of their own' ? 'a_kind_of_their_own' : type,
        at: new Date(at as number).toISOString(),
        value,
        dwell,
        quantity,
      })),
    )
    expect(exported.edits.map(({ action, value, undone }) => [action, value, undone])).toEqual([
      ['rename', NAME, false],
      ['mute', null, true],
    ])
    for (const { evidence, label } of exported.edits) {
      expect(evidence.length).toBeGreaterThan(0)
      expect(interests.map((interest) => interest.label)).toContain(label)
    }
    expect(exported.interests).toEqual((await miner.interests(USER)).interests)
    expect(exported.mined).toMatchObject([{ generation: 1 }])
    expect(exported.mined[0].interests.map(({ id, evidence }) => [id, [...evidence].sort()])).toEqual(
      interests.map(({ id, evidence }) => [id, evidence.map(({ item }) => item).sort()]),
    )
    expect(await miner.exportUser('nobody')).toEqual({
      user: 'nobody',
      events: [],
      edits: [],
      replies: [],
      interests: [],
      wishes: [],
      mined: [],
      lineage: [],
    })
  })
})

describe('forget', () => {
  it('leaves nothing of a user in any file, even while another miner has the store open', async () => {
    const store = place.path()
    const miner = await build(store, [...EVENTS, ...OWN.slice(0, 6)])
    const other = await open(store)
    await miner.addEvents([...OWN.slice(6), { user: USER, item: 'no such item' }])
    const { interests } = await miner.interests(USER)
    await miner.editInterest(USER, interests[0].id, { rename: NAME })
    await miner.editInterest(USER, interests[0].id, { rename: `${NAME} and uncle` })
    await miner.undoEdit(USER)
    await other.interests(USER)
    const words = [USER, NAME, 'a_kind_of_their_own']
    for (const word of words) expect(filesWith(store, [word]), word).not.toEqual([])
    const { items, users, events } = await miner.status()

    expect(await miner.forget(USER)).toEqual({ user: USER, forgotten: true, events: OWN.length })
    expect(filesWith(store, words)).toEqual([])
    for (const one of [miner, other]) {
      expect(await one.exportUser(USER)).toEqual({
        user: USER,
        events: [],
        edits: [],
        replies: [],
        interests: [],
        wishes: [],
        mined: [],
        lineage: [],
      })
      expect(await one.explain(USER)).toMatchObject({ events: 0, kind: 'popular' })
      expect(await one.status()).toMatchObject({ items, users: users - 1, events: events - OWN.length })
    }
    // Nor do later writes bring anything back.
    await miner.addEvents([{ user: 'u0', item: ITEMS[5].id, at: MARCH }])
    await miner.build({ items: vectorItems(9) })
    await miner.close()
    await other.close()
    expect(filesWith(store, words)).toEqual([])
    expect(filesWith(store, ['u0'])).not.toEqual([])
  })

  it('of a stranger is no error and changes nothing', async () => {
    const store = place.path()
    const miner = await build(store, EVENTS)
    const before = countsOf(store)
    expect(await miner.forget('nobody')).toEqual({ user: 'nobody', forgotten: false, events: 0 })
    expect(countsOf(store)).toEqual(before)
    expect(await miner.forget('u0')).toMatchObject({ forgotten: true })
    expect(await miner.forget('u0')).toEqual({ user: 'u0', forgotten: false, events: 0 })
  })

  it('empties the pages of many users as of one', async () => {
    const random = createRandom(3)
    const word = () => Array.from({ length: 24 }, () => 'abcdefghijklmnopqrstuvwxyz'[random.below(26)]).join('')
    const users = Array.from({ length: 300 }, word)
    const events = users.flatMap((user) =>
      Array.from({ length: 5 }, (_, k) => ({ user, item: ITEMS[random.below(ITEMS.length)].id, at: MARCH + k * DAY })),
    )
    const store = place.path()
    const miner = await build(store, events)
    const gone = users.filter((_, i) => i % 7 === 3)
    let renamed = 0
    for (const user of gone) {
      const [interest] = (await miner.interests(user)).interests
      if (!interest) continue
      await miner.editInterest(user, interest.id, { rename: `${user} ${word()}` })
      renamed++
    }
    expect(renamed).toBeGreaterThan(10)
    for (const user of gone) expect(filesWith(store, [user])).not.toEqual([])
    for (const user of gone) await miner.forget(user)
    expect(gone.filter((user) => filesWith(store, [user]).length > 0)).toEqual([])
    await miner.close()
    expect(gone.filter((user) => filesWith(store, [user]).length > 0)).toEqual([])
    expect((await (await open(store)).status()).users).toBe(users.length - gone.length)
  })

  describe('leaves the counts, byte for byte, of a store that never had the user', () => {
    const others = EVENTS.map((event, i) => (i % 3 === 0 ? { ...event, type: 'rating', value: 1 + (i % 5) } : event))
    /** Users, and the times that are newest and the scale of ratings, come and go with the forgotten one. */
    const cases: [name: string, built: Interaction[], later: Interaction[]][] = [
      ['who was there when it was built', OWN, []],
      ['who came later', [], OWN],
      ['who was there and came back', OWN.slice(0, 5), OWN.slice(5)],
      ['whose ratings stretched the scale', OWN.map((event) => ({ ...event, type: 'rating', value: 10 })), []],
      ['whose ratings stretched the scale later', [], OWN.map((event) => ({ ...event, type: 'rating', value: 100 }))],
    ]

    it.each(cases)('%s', async (_, built, later) => {
      const [store, never] = [place.path(), place.path()]
      // In the middle, so that keys of users before and behind differ.
      const half = others.length >> 1
      const miner = await build(store, [...others.slice(0, half), ...built, ...others.slice(half)])
      const plain = await build(never, others)
      if (later.length > 0) await miner.addEvents(later)
      expect(await scoresOf(miner, 'u0')).not.toEqual(await scoresOf(plain, 'u0'))
      expect(await miner.forget(USER)).toMatchObject({ events: OWN.length })
      const counts = countsOf(never)
      expect(Object.keys(counts).length).toBeGreaterThan(3)
      expect(countsOf(store)).toEqual(counts)
      for (const user of ['u0', 'u7', USER]) expect(await scoresOf(miner, user)).toEqual(await scoresOf(plain, user))
      const db = new Database(store, { readonly: true })
      expect(db.prepare('SELECT count(*) FROM generations').pluck().get()).toBe(1)
      db.close()
    })
  })
})

describe('the file of rejected rows', () => {
  const linesOf = ({ rejectedFile }: BuildReport) =>
    readFileSync(rejectedFile!, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

  it('names line, reason and field, and never a value', async () => {
    const events = place.path('events.csv')
    const catalogue = place.path('catalog.jsonl')
    const secrets = [USER, 'secret-item', 'secret-kind', 'secret title', '777777', '2999-01-01', 'not-a-time']
    const good = `u0,${ITEMS[0].id},view,,,2024-03-01T00:00:00Z`
    const rows = [
      `${USER},secret-item,view,,,2024-03-01T00:00:00Z`,
      `${USER},,secret-kind,,,2024-03-01T00:00:00Z`,
      `${USER},${ITEMS[0].id},view,-777777,,2024-03-01T00:00:00Z`,
      `${USER},${ITEMS[0].id},view,,-777777,2024-03-01T00:00:00Z`,
      `${USER},${ITEMS[0].id},view,,,2999-01-01T00:00:00Z`,
      `${USER},${ITEMS[0].id},view,,,not-a-time`,
      `,${ITEMS[0].id},secret-kind,,,2024-03-01T00:00:00Z`,
    ]
    writeFileSync(events, `user_id,item_id,event,rating,dwell_seconds,timestamp\n${[good, ...rows].join('\n')}\n`)
    const items = [
      { ...ITEMS[0] },
      { id: 'secret-item', title: '' },
      { id: 'secret-item', title: 'secret title', vector: [777777] },
      { id: { [USER]: 1 }, title: 'secret title' },
      [USER, 'secret title'],
    ]
    writeFileSync(catalogue, `${items.map((item) => JSON.stringify(item)).join('\n')}\n{"id":"secret-item","ti\n`)
    const store = place.path()
    const miner = await build(store, EVENTS)
    const report = await miner.build({ items: { file: catalogue }, events: { file: events } })
    expect([report.items?.rejected, report.events?.rejected]).toEqual([5, rows.length])
    const lines = linesOf(report)
    expect(lines).toHaveLength(5 + rows.length)
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['file', 'line', 'reason', 'field'])
      expect([events, catalogue].some((path) => path.endsWith(line.file))).toBe(true)
    }
    expect(
      lines
        .filter(({ file }) => file.endsWith('.csv'))
        .map(({ line }) => line)
        .sort(),
    ).toEqual([3, 4, 5, 6, 7, 8, 9])
    const text = readFileSync(report.rejectedFile!, 'utf8')
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    // Nor is anything of a rejected row in the store itself.
    await miner.close()
    expect(filesWith(store, secrets)).toEqual([])
    const again = await open(store)
    expect((await again.addEvents([{ user: 'u0', item: ITEMS[1].id, at: MARCH }])).rejectedFile).toBeNull()
    expect(readdirSync(place.folder).filter((file) => file.endsWith('.rejected.jsonl'))).toEqual([])
  })
})
