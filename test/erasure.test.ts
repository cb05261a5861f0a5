import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatModel, Interaction } from '../dist/index.js'
import { writeVector } from '../src/vectors/vector-bytes.js'
import { idOf, textItems, themedEvents, vectorItems } from './helpers/catalogue.js'
import { useMiners } from './helpers/miners.js'
import { makePlace, type Place } from './helpers/place.js'

const DAY = 86_400_000
const MARCH = Date.UTC(2024, 2, 1)

let place: Place
const { open } = useMiners()
beforeAll(() => {
  place = makePlace()
})
afterAll(() => place?.remove())

/** Which of the needles stand in which file of a store. */
function findIn(store: string, needles: Record<string, Buffer>): string[] {
  return readdirSync(dirname(store))
    .filter((file) => file.startsWith(basename(store)))
    .flatMap((file) => {
      const bytes = readFileSync(join(dirname(store), file))
      return Object.entries(needles).flatMap(([name, needle]) => (bytes.includes(needle) ? [`${name} in ${file}`] : []))
    })
}

/** A text as it may be written: as it is, in UTF-16, and within JSON. */
const formsOf = (name: string, text: string): Record<string, Buffer> => ({
  [name]: Buffer.from(text),
  [`${name}, UTF-16`]: Buffer.from(text, 'utf16le'),
  [`${name}, JSON`]: Buffer.from(JSON.stringify(text).slice(1, -1)),
})

describe('a byte scan after forget', () => {
  it('finds neither id nor words nor vectors of the user, in any file', async () => {
    const user = 'Zoë "7391"\t@example'
    const [name, wish, said, kind] = [
      'Aunt Wilhelmina’s box',
      'zither lessons',
      'quaint xylophone things',
      'odd_kind_9',
    ]
    const store = place.path()
    const miner = await open(store)
    const own = [0, 1, 2, 3].flatMap((i) => [
      { user, item: idOf('guitar', i), type: 'purchase', at: MARCH + i * DAY },
      { user, item: idOf('teapot', i), type: kind, at: MARCH + i * DAY + 1000 },
    ])
    const events = place.path('events of Zoë "7391"\t@example.jsonl')
    writeFileSync(events, [...own, { user, item: 'nothing' }].map((event) => JSON.stringify(event)).join('\n'))
    await miner.build({ items: textItems(), events: themedEvents() })
    await miner.build({ items: textItems(9) })
    const report = await miner.addEvents({ file: events })
    const [{ id }, other] = (await miner.interests(user)).interests
    await miner.editInterest(user, id, { rename: name })
    await miner.editInterest(user, id, { merge: [other.id] })
    await miner.undoEdit(user)
    await miner.addInterest(user, wish)
    const usage = { input: 1, output: 1 }
    const value = { head: 'thing', label: said, evidence: ['e1', 'e2'] }
    const model: ChatModel = { id: 'm', complete: async () => ({ value, usage }) }
    expect((await miner.nameInterests({ user, model })).asked).toBeGreaterThan(0)
    const { data } = await miner.embed([wish])
    const needles = {
      ...formsOf('id', user),
      ...formsOf('name', name),
      ...formsOf('wish', wish),
      ...formsOf('reply', said),
      ...formsOf('kind', kind),
      'vector, float32': Buffer.from(writeVector(data, 32)),
      'vector, int8': Buffer.from(writeVector(data, 8)).subarray(4),
      'vector, base64': Buffer.from(Buffer.from(writeVector(data, 32)).toString('base64')),
    }
    const before = findIn(store, needles).join()
    for (const what of ['id', 'name', 'wish', 'reply', 'kind', 'vector, base64']) expect(before).toContain(`${what} in`)
    expect(findIn(report.rejectedFile!, needles).join()).toContain('id, JSON')
    await miner.forget(user)
    expect(findIn(store, needles)).toEqual([])
    await miner.close()
    expect(findIn(store, needles)).toEqual([])
  })

  it('keeps the report of rows set aside that are not of files named after the user', async () => {
    const files = ['u1.csv', 'u11.csv', 'of-u1-and-others.csv', 'all.csv'].map((name) => join(place.folder, name))
    const store = place.path()
    const miner = await open(store)
    await miner.build({ items: vectorItems(), events: themedEvents() })
    const rejected = `${store}.rejected.jsonl`
    const lines = files.map((file) => JSON.stringify({ file: basename(file), line: 2, reason: 'no item', field: null }))
    writeFileSync(rejected, `${lines.join('\n')}\n`)
    await miner.forget('u1')
    expect(readFileSync(rejected, 'utf8')).toBe(`${lines[1]}\n${lines[3]}\n`)
  })
})

/** What is counted, to the byte, and what is told of it. */
function countedIn(store: string) {
  const db = new Database(store, { readonly: true })
  try {
    const blobs = db
      .prepare(
        `SELECT name, part, crc, hex(bytes) AS bytes FROM blobs WHERE generation = (SELECT generation FROM state)
         AND (name LIKE 'covisits.%' OR name LIKE 'brandLinks.%' OR name LIKE 'leafLinks.%' OR name LIKE 'moments.%')
         ORDER BY name, part`,
      )
      .all()
    const inUse = 'SELECT info FROM generations WHERE id = (SELECT generation FROM state)'
    const { events, rules } = JSON.parse(db.prepare(inUse).pluck().get() as string)
    const state = db.prepare('SELECT newest, rating_max FROM state').get()
    const kinds = db.prepare('SELECT name FROM kinds ORDER BY name').pluck().all()
    return { blobs, events, table: rules.table, state, kinds }
  } finally {
    db.close()
  }
}

describe('what is counted, after forget', () => {
  const items = vectorItems(3)
  const eventOf = (users: string[], values: number[]): fc.Arbitrary<Interaction> =>
    fc.record({
      user: fc.constantFrom(...users),
      item: fc.constantFrom(...items).map(({ id }) => id),
      type: fc.constantFrom('view', 'purchase', 'dislike', 'rating', 'something else'),
      at: fc.option(fc.integer({ min: 0, max: 40 }).map((n) => MARCH + n * DAY)),
      value: fc.option(fc.constantFrom(...values)),
    })
  const others = ['u1', 'u2', 'u3', 'u4']
  // The user may have stretched the scale of ratings, and with it what everybody else's mean.
  const first = fc.array(fc.oneof(eventOf(others, [2, 4, 5]), eventOf(['u0'], [2, 4, 5, 9, 60])), { maxLength: 40 })
  const second = fc.array(eventOf(['u0', ...others], [2, 4, 5]), { maxLength: 15 })

  it('equals, to the byte, that of a store that never had the user', async () => {
    const without = (events: Interaction[]) => events.filter(({ user }) => user !== 'u0')
    const build = async (built: Interaction[], later: Interaction[]) => {
      const store = place.path()
      const miner = await open(store)
      // Somebody else is always there, so that both stores have behaviour.
      await miner.build({ items, events: [{ user: 'u9', item: items[0].id, at: MARCH }, ...built] })
      if (later.length > 0) await miner.addEvents(later)
      return { store, miner }
    }
    await fc.assert(
      fc.asyncProperty(first, second, async (built, later) => {
        const one = await build(built, later)
        const never = await build(without(built), without(later))
        await one.miner.forget('u0')
        expect(countedIn(one.store)).toEqual(countedIn(never.store))
        for (const { miner } of [one, never]) await miner.close()
      }),
      { numRuns: 15, seed: 7 },
    )
  }, 60_000)
})
