import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LoadedEncoder, loadEncoder } from '../../src/encode/encoder.js'
import { createGroup, createMiningContext, type MineModel, namePositions } from '../../src/mine/groups.js'
import { regroupByName } from '../../src/mine/regroup.js'
import type { Item } from '../../src/types/items.js'
import { buildModel, historyOf } from './model.js'

const titles: [kind: string, title: string][] = [
  ['Mascara', 'Waterproof Mascara, Black'],
  ['Mascara', 'Lengthening Mascara'],
  ['Mascara', 'Volume Mascara, Brown'],
  ['Mascara', 'Curling Mascara for Short Lashes'],
  ['Shampoo', 'Argan Oil Shampoo'],
  ['Shampoo', 'Dandruff Shampoo'],
  ['Shampoo', 'Colour Care Shampoo'],
  ['Combs', 'Wooden Comb'],
  ['Combs', 'Pocket Comb'],
  ['Wrenches', 'Adjustable Wrench'],
]
const others = ['Tent', 'Kettle', 'Guitar', 'Lamp', 'Bottle', 'Towel', 'Wallet', 'Clock'].flatMap((thing) =>
  ['Red', 'Large', 'Folding', 'Travel', 'Steel'].map((kind): [string, string] => [thing, `${kind} ${thing}`]),
)
const items: Item[] = [...titles, ...others].map(([kind, title], i) => ({
  id: `i${i}`,
  title,
  categories: ['Shop', i < titles.length ? 'Beauty' : 'Home', kind],
}))

describe('groups and their names', () => {
  let encoder: LoadedEncoder
  let model: MineModel
  beforeAll(async () => {
    encoder = await loadEncoder('all-MiniLM-L6-v2')
    model = await buildModel(items, (texts) => encoder.encode(texts))
  }, 60_000)
  afterAll(() => encoder.close())

  const settle = (groups: number[][], left: number[]) => {
    const context = createMiningContext(model, historyOf(titles.map((_, row) => row)))
    const named = groups.map((positions) => createGroup(context, positions, namePositions(context, positions).names))
    expect(named.every(({ names }) => names.length > 0)).toBe(true)
    const result = regroupByName(context, named, left)
    const all = [...result.groups.flatMap(({ positions }) => positions), ...result.left].sort((a, b) => a - b)
    expect(all).toEqual([...groups.flat(), ...left].sort((a, b) => a - b))
    return result
  }

  it('drop items that the name does not fit', () => {
    const { groups } = settle([[0, 1, 2, 3, 9]], [])
    expect(groups[0].positions).toEqual([0, 1, 2, 3])
    expect(groups[0].names[0].label).toMatch(/mascara/i)
  })

  it('take in items that it fits, and stay supported by half of their evidence', () => {
    const { groups, left } = settle([[4, 5]], [6, 9])
    expect(groups[0].positions).toEqual([4, 5, 6])
    expect(groups[0].level).toBe('point')
    expect(left).toEqual([9])
  })

  it('are formed of leftover items where a word for a thing fits two of them', () => {
    const { groups } = settle([[0, 1, 2]], [7, 8])
    expect(groups.map(({ positions }) => positions)).toEqual([
      [0, 1, 2],
      [7, 8],
    ])
    expect(groups[1].names[0].label).toMatch(/comb/i)
  })

  it('do not change where nothing is left over and all items fit', () => {
    const { groups, left } = settle([[0, 1, 2, 3]], [])
    expect(groups[0].positions).toEqual([0, 1, 2, 3])
    expect(left).toEqual([])
  })
})
