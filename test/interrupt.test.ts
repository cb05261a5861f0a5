import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuildReport, type Interaction, type Item, openMiner } from '../dist/index.js'
import { createRandom } from '../src/random.js'
import { BIN, makePlace, type Place, type Running, start } from './helpers/place.js'

/** What is promised is about a second; a busy machine gets two. */
const PROMPTLY = 2000
const GIVEN_UP = 6000

const COLOURS = ['red', 'blue', 'green', 'black', 'white', 'brown', 'grey', 'yellow', 'pink', 'purple']
const STUFFS = ['oak', 'steel', 'glass', 'wool', 'linen', 'cork', 'brass', 'bamboo', 'clay', 'leather']
const THINGS = ['kettle', 'stool', 'lamp', 'scarf', 'basket', 'mirror', 'clock', 'bench', 'vase', 'tray']
const PLACES = ['kitchen', 'garden', 'office', 'hall']

/** 4,000 items, no two of one title; a part of them keeps the quick tests quick. */
const all: Item[] = PLACES.flatMap((where) =>
  THINGS.flatMap((thing) =>
    STUFFS.flatMap((stuff) =>
      COLOURS.map((colour) => {
        const title = `${colour} ${stuff} ${thing} for the ${where}`
        return { id: title.replaceAll(' ', '-'), title }
      }),
    ),
  ),
)
const items = all.filter((_, i) => i % 5 === 0)
const events: Interaction[] = Array.from({ length: 40 }, (_, u) =>
  Array.from({ length: 8 }, (_, k) => ({
    user: `u${u}`,
    item: items[(u * 97 + k * 10) % items.length].id,
    type: 'click',
    at: Date.UTC(2024, 0, 1 + k, u % 24),
  })),
).flat()

let place: Place
let catalogue: string
let behaviour: string
const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
beforeAll(() => {
  place = makePlace()
  catalogue = place.path('catalog.jsonl')
  behaviour = place.path('events.jsonl')
  writeFileSync(catalogue, jsonl(items))
  writeFileSync(behaviour, jsonl(events))
})
afterAll(() => place?.remove())

/** Sends the signal and tells how the process ended, and after how many milliseconds. */
async function stop({ child, ended }: Running, signal: NodeJS.Signals = 'SIGINT') {
  const sent = performance.now()
  child.kill(signal)
  const gone = await Promise.race([ended, sleep(GIVEN_UP, null)])
  const ms = performance.now() - sent
  if (gone === null) {
    child.kill('SIGKILL')
    throw new Error(`still there ${GIVEN_UP} ms after ${signal}`)
  }
  return { ...gone, ms }
}

/** Waits until a store holds so many vectors. */
async function vectorsIn(store: string, least: number, { child }: Running): Promise<void> {
  while (child.exitCode === null) {
    await sleep(20)
    if (!existsSync(store)) continue
    try {
      const db = new Database(store, { readonly: true })
      const n = db.prepare('SELECT count(*) FROM vectors').pluck().get() as number
      db.close()
      if (n >= least) return
    } catch {
      // The tables are not made yet.
    }
  }
  throw new Error('ended before it had encoded anything')
}

const build = (store: string, ...words: string[]) =>
  start([BIN, 'build-index', catalogue, '--events', behaviour, '--db', store, ...words])
async function finish(running: Running): Promise<BuildReport> {
  const { code, out, err } = await running.ended
  expect(code, err).toBe(0)
  return JSON.parse(out)
}

async function answersOf(store: string): Promise<string> {
  const miner = await openMiner({ store, workers: 0, mustExist: true })
  try {
    return JSON.stringify([
      await miner.explain('u0'),
      await miner.explain('u7', { limit: 30 }),
      await miner.search('something to boil water in', { limit: 30 }),
      await miner.similar(items[234].id),
    ])
  } finally {
    await miner.close()
  }
}

describe('a build that is stopped while it encodes', () => {
  it('ends at once and in good order, and the next run resumes it', async () => {
    const store = place.path()
    const first = build(store, '--json')
    await vectorsIn(store, 256, first)
    const { code, signal, out, err, ms } = await stop(first)
    expect([code, signal, out]).toEqual([1, null, ''])
    expect(ms).toBeLessThan(PROMPTLY)
    expect(err).toMatch(/^[^\n]+\n$/)
    const { error } = JSON.parse(err)
    expect(error).toMatchObject({ code: 'INTERRUPTED' })
    expect(error.message).toMatch(/resume/)

    // Once more, as a person sees it.
    const second = build(store)
    await second.said('encoding texts')
    const again = await stop(second, 'SIGTERM')
    expect([again.code, again.signal, again.out]).toEqual([1, null, ''])
    expect(again.ms).toBeLessThan(PROMPTLY)
    expect(again.err).toMatch(/\ninterest-mine: [^\n]*resume[^\n]*\n$/)
    expect(again.err).not.toMatch(/\n +at |Napi|terminate called/)

    const fresh = place.path()
    const resumed = await finish(build(store, '--json'))
    const whole = await finish(build(fresh, '--json'))
    expect(whole.texts).toBeGreaterThanOrEqual(items.length)
    expect(resumed.texts).toBeLessThanOrEqual(whole.texts - 256)
    expect(resumed.items).toMatchObject({ added: 0, unchanged: items.length })
    expect(resumed.events).toMatchObject({ added: 0, duplicate: events.length })
    expect(await answersOf(store)).toBe(await answersOf(fresh))
  }, 180_000)
})

describe('an evaluation that is stopped', () => {
  it.each(['--interests', '--faithfulness'])('%s ends at once, and says that the next starts anew', async (kind) => {
    const running = start([BIN, 'evaluate', kind, '--catalog', catalogue, '--events', behaviour])
    await running.said('encoding texts')
    const { code, signal, out, err, ms } = await stop(running)
    expect([code, signal, out]).toEqual([1, null, ''])
    expect(ms).toBeLessThan(PROMPTLY)
    expect(err).toMatch(/\ninterest-mine: the evaluation was stopped; the next one starts anew\n$/)
  })
})

describe('a build whose store another process holds while it encodes', () => {
  it('goes on, or says that it is busy; nothing breaks', async () => {
    const store = place.path()
    const file = place.path('all.jsonl')
    writeFileSync(file, jsonl(all))
    const running = start([BIN, 'build-index', file, '--db', store, '--json'])
    await vectorsIn(store, 256, running)
    // Longer than anybody waits for a lock.
    const db = new Database(store)
    db.exec('BEGIN IMMEDIATE')
    await Promise.race([running.ended, sleep(8000)])
    db.exec('ROLLBACK')
    db.close()
    const { code, signal, err } = await running.ended
    expect(signal, err).toBeNull()
    if (code !== 0) expect(JSON.parse(err).error.code, err).toBe('STORE_BUSY')
  }, 60_000)
})

describe('a build that is stopped while it reads', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends at once on %s, though no more input comes, and nothing half-read',
    async (name) => {
      const store = place.path()
      const running = start([BIN, 'build-index', '-', '--db', store, '--json'])
      running.child.stdin?.write(jsonl(all.slice(0, 1500)))
      while (!existsSync(store)) await sleep(20)
      await sleep(300)
      const { code, signal, out, err, ms } = await stop(running, name)
      expect([code, signal, out]).toEqual([1, null, ''])
      expect(ms).toBeLessThan(PROMPTLY)
      expect(JSON.parse(err).error).toMatchObject({ code: 'INTERRUPTED' })
      const miner = await openMiner({ store })
      expect(await miner.status()).toMatchObject({ items: 0, generation: null })
      await miner.close()
    },
    30_000,
  )

  it('is ended by a second signal at the latest', async () => {
    const store = place.path()
    const running = start([BIN, 'build-index', '-', '--db', store])
    running.child.stdin?.write(jsonl(items.slice(0, 10)))
    while (!existsSync(store)) await sleep(20)
    await sleep(300)
    running.child.kill('SIGINT')
    await sleep(50)
    const { code, signal, ms } = await stop(running)
    expect(code === 1 || signal === 'SIGINT').toBe(true)
    expect(ms).toBeLessThan(PROMPTLY)
  }, 30_000)
})

describe('a build that is stopped while it fits', () => {
  const random = createRandom(5)
  /** Vectors of their own: there is nothing to encode, and the graph makes the fit long enough to be met. */
  const placed = all.map((item) => ({
    ...item,
    vector: Array.from({ length: 32 }, () => Math.round((random.unit() - 0.5) * 1000) / 1000),
  }))

  it('ends at once, and what was answered before still is', async () => {
    const store = place.path()
    const file = place.path('placed.jsonl')
    const miner = await openMiner({ store, workers: 0 })
    await miner.build({ items: placed.slice(0, 200), events: [] })
    const before = JSON.stringify(await miner.similar(placed[0].id))
    writeFileSync(file, jsonl(placed))
    const running = start([BIN, 'build-index', file, '--events', behaviour, '--db', store])
    await running.said('fitting')
    await sleep(200)
    const { code, signal, out, err, ms } = await stop(running)
    expect([code, signal, out]).toEqual([1, null, ''])
    expect(ms).toBeLessThan(PROMPTLY)
    expect(err).toMatch(/interest-mine: [^\n]*resume/)
    expect(await miner.status()).toMatchObject({ items: placed.length, generation: { id: 1, items: 200 } })
    const now = await miner.similar(placed[0].id, { limit: 10_000 })
    expect(now.results.length).toBeGreaterThanOrEqual(199)
    expect(before).toContain(now.results.find(({ item }) => before.includes(item))?.item)
    await miner.close()
    // The next run does what was left.
    const report = await finish(start([BIN, 'build-index', file, '--events', behaviour, '--db', store, '--json']))
    expect(report.items).toMatchObject({ added: 0, unchanged: placed.length })
    const again = await openMiner({ store, workers: 0 })
    expect(await again.status()).toMatchObject({ generation: { id: 2, items: placed.length, pendingItems: 0 } })
    await again.close()
  }, 120_000)
})
