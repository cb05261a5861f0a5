import { afterAll, describe, expect, it } from 'vitest'
import type { BuildOptions, Miner } from '../dist/index.js'
import { themedEvents, vectorItems } from './helpers/catalogue.js'
import { useMiners } from './helpers/miners.js'
import { makePlace } from './helpers/place.js'

const ITEMS = vectorItems()
const EVENTS = themedEvents()

const place = makePlace()
afterAll(() => place.remove())
const { open } = useMiners()

async function build(store: string, options: Partial<BuildOptions> = {}): Promise<Miner> {
  const miner = await open(store)
  await miner.build({ items: ITEMS, events: EVENTS, train: false, ...options })
  return miner
}

const precisionOf = async (miner: Miner) => (await miner.status()).encoder?.precision
const listOf = async (miner: Miner) =>
  (await miner.recommend('u1', { limit: 10 })).recommendations.map(({ item, score }) => ({ item, score }))
const partOf = async (miner: Miner, name: string) => (await miner.status()).parts.find((part) => part.name === name)!

describe('a store kept as int8', () => {
  it('is what is built at first, answers as one of float32 does, and its vectors take a quarter', async () => {
    const bytes = await build(place.path())
    const floats = await build(place.path(), { precision: 'float32' })
    expect([await precisionOf(bytes), await precisionOf(floats)]).toEqual(['int8', 'float32'])
    const [coarse, fine] = [await listOf(bytes), await listOf(floats)]
    const scores = new Map(fine.map(({ item, score }) => [item, score]))
    expect(coarse).toHaveLength(10)
    for (const { item, score } of coarse) expect(Math.abs(score - (scores.get(item) ?? score))).toBeLessThan(0.01)
    expect(coarse.filter(({ item }) => scores.has(item)).length).toBeGreaterThanOrEqual(9)
    const [small, large] = [await partOf(bytes, 'item vectors'), await partOf(floats, 'item vectors')]
    // Beside the numbers a scale each, and the centre of all.
    const centre = 4 * ITEMS[0].vector!.length
    expect(small.disk - centre - 4 * ITEMS.length).toBe((large.disk - centre) / 4)
    expect(small.memory).toBeLessThan(large.memory / 2)
  })

  it('stays as it was built until it is asked for otherwise, and goes back to the same answers', async () => {
    const store = place.path()
    const miner = await build(store, { precision: 'float32' })
    const before = await listOf(miner)
    await miner.build({ items: [...ITEMS].reverse(), train: false })
    expect(await precisionOf(miner)).toBe('float32')
    await miner.build({ items: ITEMS, train: false, precision: 'int8' })
    expect(await precisionOf(miner)).toBe('int8')
    await miner.build({ items: ITEMS, train: false })
    expect(await precisionOf(miner)).toBe('int8')
    await miner.build({ items: ITEMS, train: false, precision: 'float32' })
    expect(await listOf(miner)).toEqual(before)
  })

  it.each(['int8', 'float32'] as const)('takes items in that came since (%s)', async (precision) => {
    const last = ITEMS.length - 1
    const miner = await build(place.path(), { items: ITEMS.slice(0, last), precision })
    const like = { ...ITEMS[3], id: 'twin' }
    await miner.addItems([like])
    const { results } = await miner.similar('twin', { limit: 3 })
    expect(results[0].item).toBe(ITEMS[3].id)
    expect(results[0].similarity).toBeCloseTo(1, 2)
    expect((await miner.similar(ITEMS[3].id, { limit: 1 })).results[0].item).toBe('twin')
  })

  it('is refused in a kind that there is not, before any row goes in', async () => {
    const miner = await open(place.path())
    const precision = 'float16' as 'int8'
    await expect(miner.build({ items: ITEMS, precision })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    expect(await miner.status()).toMatchObject({ items: 0 })
  })
})

describe('the bytes of a store', () => {
  it('are told whole, by part', async () => {
    const miner = await build(place.path())
    const { parts, store } = await miner.status()
    expect(parts.reduce((sum, { disk }) => sum + disk, 0)).toBe(store.bytes)
    for (const name of ['items', 'events', 'item vectors', 'space of interests', 'behaviour counts', 'catalogue'])
      expect(parts.find((part) => part.name === name)?.disk, name).toBeGreaterThan(0)
    expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length)
  })

  it('of an empty one are all of the file', async () => {
    const miner = await open(place.path())
    const { parts, store } = await miner.status()
    expect(parts.reduce((sum, { disk }) => sum + disk, 0)).toBe(store.bytes)
    expect(parts.length).toBeGreaterThan(5)
    expect(parts.every(({ memory }) => memory === 0)).toBe(true)
  })
})
