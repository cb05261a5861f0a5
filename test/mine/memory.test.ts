import { describe, expect, it } from 'vitest'
import { mineInterests } from '../../src/mine/interests.js'
import { createMemory } from '../../src/mine/memory.js'
import { gainsOf } from '../../src/mine/space/gains.js'
import { createRandom } from '../../src/random.js'
import { buildModel, historyOf } from './model.js'

const THINGS = ['teapot', 'spade', 'scarf', 'guitar', 'lamp', 'kettle', 'drum', 'rake', 'glove', 'candle']
const KINDS = ['glass', 'steel', 'wool', 'oak', 'paper', 'copper', 'linen', 'clay']
const items = Array.from({ length: 480 }, (_, i) => ({
  id: `p${i}`,
  title: `${KINDS[i % 8]} ${THINGS[Math.floor(i / 8) % 10]} number ${'abcdef'[Math.floor(i / 80)]}`,
  categories: [`Things > ${THINGS[Math.floor(i / 8) % 10]}s`],
}))
const random = createRandom(3)
const keys = items.map(() => random.unit())
const order = [...keys.keys()].sort((a, b) => keys[a] - keys[b])

describe('the memory of a miner', () => {
  it('does not change what is mined, whatever was mined before', async () => {
    const model = await buildModel(items)
    const memory = createMemory()
    for (const rows of [order.slice(0, 420), order.slice(0, 400), order.slice(5, 410), order.slice(0, 30)]) {
      const history = historyOf(rows)
      const mined = mineInterests({ history, model: { ...model, memory }, now: Number.NaN })
      expect(mined).toEqual(mineInterests({ history, model, now: Number.NaN }))
      expect(mined.interests.length).toBeGreaterThan(2)
    }
  })

  it('computes names and merges once for the same input, and again for any other', async () => {
    const memory = createMemory()
    const namings = [
      [1, 2, 3],
      [1, 2, 3],
      [1, 3, 2],
      [12, 3],
    ].map((rows) => memory.nameOnce(Int32Array.from(rows), () => ({ names: [], nearMiss: null })))
    expect(namings[1]).toBe(namings[0])
    expect(new Set(namings).size).toBe(3)

    const gains = gainsOf((await buildModel(items.slice(0, 80))).space)
    const units = (last: number) => {
      const sums = new Float64Array(4 * gains.dims).fill(0.1)
      sums[sums.length - 1] = last
      return { counts: new Float64Array(4).fill(1), sums }
    }
    const rule = { power: 0.5, stop: -Infinity, leave: 2 }
    const merges = memory.mergeOnce(gains, units(1), rule)
    expect(memory.mergeOnce(gains, units(1), { ...rule })).toBe(merges)
    expect(memory.mergeOnce(gains, units(2), rule)).not.toBe(merges)
    expect(memory.mergeOnce(gains, units(1), { ...rule, leave: 1 }).count).toBe(merges.count + 1)
  })
})
