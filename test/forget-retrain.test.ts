import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Miner } from '../dist/index.js'
import { idOf, themedEvents, vectorItems } from './helpers/catalogue.js'
import { crowd } from './helpers/crowd.js'
import { useMiners } from './helpers/miners.js'
import { makePlace, type Place } from './helpers/place.js'

let place: Place
const { open } = useMiners()
beforeAll(() => {
  place = makePlace()
})
afterAll(() => place?.remove())

describe('forget that could not rid the files', () => {
  it('says so, is told by doctor, and is finished by the same call again', async () => {
    const store = place.path()
    const miner = await open(store)
    await miner.build({
      items: vectorItems(),
      events: [...themedEvents(), { user: 'somebody-4711', item: idOf('spade', 1) }],
    })
    const reader = new Database(store)
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM users').get()
    await expect(miner.forget('somebody-4711')).rejects.toMatchObject({ code: 'STORE_BUSY' })
    const { problems } = await miner.doctor()
    expect(problems.map(({ what }) => what)).toEqual(['traces of a forgotten user still lie in free space'])
    reader.exec('COMMIT')
    reader.close()
    expect(await miner.forget('somebody-4711')).toEqual({ user: 'somebody-4711', forgotten: false, events: 0 })
    expect((await miner.doctor()).problems).toEqual([])
    const files = readdirSync(dirname(store)).filter((file) => file.startsWith(basename(store)))
    const bytes = files.map((file) => readFileSync(join(dirname(store), file)))
    expect(bytes.some((one) => one.includes('somebody-4711'))).toBe(false)
  }, 60_000)
})

describe('what is fitted, after forget and the next', () => {
  const USER = 'u5'
  const { items, events } = crowd(130)
  /** The user ties what nobody else does. */
  const own = [0, 15, 30, 45, 60, 75, 90, 105].flatMap((i) => [
    { user: USER, item: `p${i}`, type: 'purchase', at: Date.UTC(2026, 0, 9, i) },
    { user: USER, item: `p${i + 1}`, type: 'purchase', at: Date.UTC(2026, 0, 10, i) },
  ])
  const others = events.filter(({ user }) => user !== USER)
  const half = others.length >> 1

  /** Two builds, the second of which trains; the user takes part in both. */
  async function live(hasUser: boolean): Promise<Miner> {
    const miner = await open(place.path())
    const mine = hasUser ? own : []
    await miner.build({
      items: items.slice(0, 110),
      events: [...others.slice(0, half), ...mine.slice(0, 9)],
      train: false,
    })
    await miner.build({ items, events: [...mine.slice(9), ...others.slice(half)], train: true })
    await miner.editInterest('u7', (await miner.interests('u7')).interests[0].id, { boost: 3 })
    return miner
  }

  /** All that others are told. */
  async function tell(miner: Miner): Promise<string> {
    const told: unknown[] = [await miner.userBase({ minUsers: 1 })]
    for (const user of [...new Set(others.map((one) => one.user))].slice(0, 40)) {
      told.push(await miner.interests(user), await miner.recommend(user), await miner.rank(user, ['p3', 'p40', 'p77']))
    }
    return JSON.stringify(told)
  }

  it('forget --retrain equals, to the byte, a store that never had the user', async () => {
    const [miner, never] = [await live(true), await live(false)]
    expect(await miner.forget(USER, { retrain: true })).toMatchObject({
      forgotten: true,
      events: own.length,
      retrained: { trained: true },
    })
    expect(await never.forget(USER, { retrain: true })).toMatchObject({
      forgotten: false,
      retrained: { trained: true },
    })
    expect((await miner.status()).generation).toMatchObject({ stale: false, events: (await never.status()).events })
    expect(await tell(miner)).toBe(await tell(never))
    expect((await miner.generations()).generations).toHaveLength(1)
  }, 60_000)

  it.each(['train', 'build-index'])(
    '%s alone equals it too, where nothing else was learnt before',
    async (next) => {
      const start = async (hasUser: boolean) => {
        const miner = await open(place.path())
        await miner.build({
          items,
          events: [...others.slice(0, half), ...(hasUser ? own : []), ...others.slice(half)],
          train: true,
        })
        return miner
      }
      const [miner, never] = [await start(true), await start(false)]
      await miner.forget(USER)
      expect(await tell(miner)).not.toBe(await tell(never))
      if (next === 'train') await miner.train()
      else await miner.build({ items })
      expect((await miner.status()).generation?.stale).toBe(false)
      if (next === 'train') await never.train()
      expect(await tell(miner)).toBe(await tell(never))
    },
    60_000,
  )

  it('build-index drops a scorer that can no longer be trained', async () => {
    const miner = await open(place.path())
    const few = others.filter(({ user }) => Number(user.slice(1)) < 101)
    await miner.build({ items, events: [...few, ...own], train: true })
    expect((await miner.status()).scorer.calibrated).toBe(true)
    await miner.forget(USER)
    await miner.forget('u7')
    await miner.build({ items })
    const { scorer, generation } = await miner.status()
    expect([scorer.calibrated, generation?.stale]).toEqual([false, false])
  }, 60_000)
})
