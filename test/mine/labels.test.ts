import { beforeAll, describe, expect, it } from 'vitest'
import type { MineModel } from '../../src/mine/interests.js'
import { nameCluster } from '../../src/mine/names/labels.js'
import type { Item } from '../../src/types/items.js'
import { buildModel } from './model.js'

// Enough others that the named things are few among them.
const others: Item[] = Array.from({ length: 40 }, (_, i) => ({
  id: `o${i}`,
  title: `${'Copper Wooden Paper Linen'.split(' ')[i % 4]} ${'Lamp Chair Bowl Rug Vase'.split(' ')[i % 5]} No ${i}`,
}))
const items: Item[] = [
  { id: 'a', title: 'Maybelline Great Lash Waterproof Mascara, Very Black', brand: 'Maybelline' },
  { id: 'b', title: 'Maybelline Waterproof Mascara, Brown', brand: 'Maybelline' },
  { id: 'c', title: 'Maybelline Volume Waterproof Mascara (Pack of 2)', brand: 'Maybelline' },
  { id: 'd', title: 'Essence Waterproof Mascara', brand: 'Essence' },
  { id: 'e', title: 'Mascara Curling, Waterproof', brand: 'Essence' },
  { id: 'f', title: 'Tent', brand: 'Peak' },
  { id: 'g', title: 'Kettle <b>undefined</b>, iPad Stand' },
  { id: 'h', title: 'Null iPad Stand, null' },
  { id: 'i', title: 'Oak iPad Stand\u202e, null' },
  ...others,
]

describe('nameCluster', () => {
  let model: MineModel
  beforeAll(async () => {
    model = await buildModel(items)
  })
  const label = (...rows: number[]) => nameCluster(model.phrases, model.catalogue, rows).names[0]?.label

  it('says what the things are, in an order that titles have', () => {
    expect(label(0, 1, 2)).toBe('Maybelline waterproof mascara')
  })

  it('names a brand only where four of five items are its own', () => {
    expect(label(0, 1, 3)).toMatch(/^waterproof mascara$/i)
  })

  it('never ends in a shade, and drops sizes and packs', () => {
    const { names } = nameCluster(model.phrases, model.catalogue, [0, 1, 2])
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(name.label).not.toMatch(/black|brown|pack|\d/i)
  })

  it('has no name for what has nothing in common, for one item, and for none', () => {
    expect(label(0, 5)).toBeUndefined()
    expect(label(0)).toBeUndefined()
    expect(label()).toBeUndefined()
  })

  it('keeps inner capitals and shows no forbidden label', () => {
    expect(label(7, 8)).toBe('iPad stand')
    const all = nameCluster(model.phrases, model.catalogue, [6, 7, 8]).names.map((name) => name.label)
    expect(all.length).toBeGreaterThan(0)
    for (const text of all) expect(text).not.toMatch(/undefined|null|\u202e|</)
  })

  it('does not let a domain name a group by itself', () => {
    const avoid = new Set(['mascara', 'waterproof mascara'])
    const { names } = nameCluster(model.phrases, model.catalogue, [0, 1, 2], { avoid })
    expect(names.length).toBeGreaterThan(0)
    for (const { label } of names) expect(avoid.has(label.toLowerCase())).toBe(false)
  })

  it('finds the part of a group without a name that its best name would fit', () => {
    const { names, nearMiss } = nameCluster(model.phrases, model.catalogue, [0, 1, 2, 5, 9])
    expect(names).toEqual([])
    expect([...nearMiss!]).toEqual([1, 1, 1, 0, 0])
  })
})
