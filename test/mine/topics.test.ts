import { describe, expect, it } from 'vitest'
import type { Catalogue, Space } from '../../src/columns.js'
import { shortText } from '../../src/encode/item-text.js'
import { packCatalogue } from '../../src/ingest/catalogue.js'
import { collectPhrases } from '../../src/mine/names/collect.js'
import { fitPhrases } from '../../src/mine/names/fit-phrases.js'
import { isLabelSupported, shareWithName } from '../../src/mine/names/label-stands.js'
import { fitSpace, placeVector } from '../../src/mine/space/space.js'
import { fitTopics } from '../../src/mine/topics/fit-topics.js'
import { changeTopics } from '../../src/mine/topics/place-in-topics.js'
import { clusterItems } from '../../src/mine/topics/topic-clusters.js'
import { countTopics, domainPath, type Topics, topicOf } from '../../src/mine/topics/topics.js'
import type { Item } from '../../src/types/items.js'
import { createMatrix, rowOf, stack } from '../../src/vectors/matrix.js'
import { packLists } from '../../src/vectors/sparse.js'
import { stringAt, unpackStrings } from '../../src/vectors/strings.js'
import { encodeWords, scatter } from './model.js'

const THINGS: Record<string, string[]> = {
  Kitchen: ['Teapot', 'Kettle', 'Whisk'],
  Garden: ['Spade', 'Rake', 'Hose'],
  Music: ['Guitar', 'Violin', 'Flute'],
}
const ADJECTIVES = ['blue', 'walnut', 'folding', 'heavy', 'painted', 'plain', 'antique', 'tall', 'light', 'striped']

/** `each` items of every thing; without `filed` no item has a category. */
function itemsOf(each: number, filed: boolean, things: Record<string, string[]> = THINGS): Item[] {
  return Object.entries(things).flatMap(([domain, names]) =>
    names.flatMap((thing) =>
      Array.from({ length: each }, (_, i) => ({
        id: `${thing}-${i}`,
        title: `${ADJECTIVES[i % ADJECTIVES.length]} ${thing.toLowerCase()}`,
        ...(filed ? { categories: ['Shop', domain, `${thing}s`] } : {}),
      })),
    ),
  )
}

interface Fitted {
  catalogue: Catalogue
  space: Space
  topics: Topics
}

/** Topics of a catalogue whose users stay with one thing; those of `before` continue where items have the same id. */
async function fitOn(items: Item[], before: Fitted | null, users = 0): Promise<Fitted> {
  const catalogue = packCatalogue(
    items,
    items.map((_, i) => i),
  )
  const short = await encodeWords(items.map((item) => shortText(item)))
  const collected = collectPhrases((row) => items[row].text ?? '', catalogue)
  const phrases = await fitPhrases(collected, await encodeWords(collected.texts), short, 1)
  const rowOf = new Map(items.map(({ id }, row) => [id, row]))
  const things = Object.values(THINGS).flat()
  const histories = Array.from({ length: users }, (_, u) =>
    [0, 3, 7, 12].map((k) => rowOf.get(`${things[u % things.length]}-${(u + k) % 20}`)!),
  )
  const space = await fitSpace({ vectors: short, history: packLists(histories), seed: 1 })
  const known = before ? unpackStrings(before.catalogue.ids) : []
  const from = Int32Array.from(items, ({ id }) => known.indexOf(id))
  const earlier = before && { topics: before.topics, from }
  return { catalogue, space, topics: await fitTopics({ catalogue, space, phrases, seed: 1, earlier }) }
}

/** Id, name and domain of the topic of each item, by item id. */
function topicsById({ catalogue, topics }: Fitted): Map<string, string> {
  const { fine } = topics
  return new Map(
    unpackStrings(catalogue.ids).map((id, row) => {
      const topic = topicOf(fine, row)
      const path = domainPath(topics, fine.domains[topic]).join(' > ')
      return [id, `${stringAt(fine.ids, topic)} ${stringAt(fine.names, topic)} in ${path}`]
    }),
  )
}

describe.each([
  ['filed under categories', true],
  ['filed under nothing', false],
])('topics of items %s', (_, filed) => {
  it('lie within domains, each with an id and a name of its own', async () => {
    const first = await fitOn(itemsOf(20, filed), null)
    const { fine, domains } = first.topics
    expect(countTopics(fine)).toBeGreaterThan(3)
    const [ids, names] = [unpackStrings(fine.ids), unpackStrings(fine.names)]
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
    for (const id of ids) expect(id).toMatch(/^t[0-9a-z]{10}$/)
    // Named by what the items are, not by their domain.
    if (filed) expect(names).toEqual(expect.arrayContaining(['Teapots', 'Spades', 'Violins']))
    else expect(names.join()).toMatch(/teapot/i)
    expect(domains.length).toBeGreaterThan(100)
    for (let row = 0; row < domains.length; row++) {
      expect(fine.domains[topicOf(fine, row)]).toBe(domains[row])
    }
  })

  it('are the same when nothing changed, and stay while items and behaviour come', async () => {
    const items = itemsOf(20, filed)
    const first = await fitOn(items, null, 60)
    const before = topicsById(first)
    expect(topicsById(await fitOn(items, first, 60))).toEqual(before)
    expect(topicsById(await fitOn(items, null, 60))).toEqual(before)
    // More of both turns the space: the same item has other coordinates.
    const next = topicsById(await fitOn([...itemsOf(22, filed)].reverse(), first, 70))
    const stayed = items.filter(({ id }) => next.get(id) === before.get(id)).length
    expect(stayed / items.length).toBeGreaterThanOrEqual(0.97)
  })

  it('gain one for new items that fit none, and lose those whose items are gone', async () => {
    const first = await fitOn(itemsOf(20, filed), null)
    const known = new Set(unpackStrings(first.topics.fine.ids))
    const { Music: _, ...rest } = THINGS
    const next = await fitOn([...itemsOf(20, filed, rest), ...itemsOf(40, filed, { Astronomy: ['Telescope'] })], first)
    const found = topicsById(next)
    const ids = (thing: string) => {
      const own = [...found].filter(([id]) => id.startsWith(thing)).map(([, topic]) => topic.split(' ')[0])
      return new Set(own)
    }
    expect([...ids('Telescope')].some((id) => !known.has(id))).toBe(true)
    expect(ids('Spade').size).toBeGreaterThan(0)
    for (const id of ids('Spade')) expect(known.has(id)).toBe(true)
    expect(unpackStrings(next.topics.fine.names).join()).not.toMatch(/guitar/i)
    expect(unpackStrings(next.topics.fine.names).join()).toMatch(/telescope/i)
  })

  it('take an item that comes after the fit', async () => {
    const { catalogue, space, topics } = await fitOn(itemsOf(20, filed), null)
    const like = itemsOf(20, filed).find(({ id }) => id === 'Guitar-3')!
    const vector = await encodeWords([shortText(like)])
    const z = stack(space.z, createMatrix(1, space.dims))
    rowOf(z, catalogue.size).set(placeVector(space, rowOf(vector, 0)))
    const grown = { ...catalogue, size: catalogue.size + 1 }
    const offsets = new Uint32Array([...catalogue.categories.offsets, catalogue.categories.values.length])
    grown.categories = { ...catalogue.categories, offsets }
    const changed = changeTopics(topics, grown, z, [catalogue.size])
    const guitar = unpackStrings(catalogue.ids).indexOf('Guitar-3')
    expect(topicOf(changed.fine, catalogue.size)).toBe(topicOf(topics.fine, guitar))
    expect(changed.domains[catalogue.size]).toBe(topics.domains[guitar])
  })
})

describe('clusters', () => {
  it('continue where their items are, and an item stays unless another centre is clearly nearer', async () => {
    const z = scatter(240, 12, 12, 0.8)
    const regions = new Int32Array(240)
    const first = await clusterItems({ z, regions, earlier: null, seed: 1 })
    // Every vector a little off, as from another fit.
    const noise = scatter(240, 12, 240, 0, 5)
    const moved = { ...z, data: z.data.map((x, i) => x + 0.1 * noise.data[i]) }
    const warm = await clusterItems({ z: moved, regions, earlier: first.ofRow, seed: 1 })
    const same = warm.ofRow.filter((cluster, row) => warm.from[cluster] === first.ofRow[row]).length
    expect(same / 240).toBeGreaterThanOrEqual(0.97)
    const cold = await clusterItems({ z: moved, regions, earlier: null, seed: 2 })
    expect(cold.from.length).toBeGreaterThan(1)
    expect(cold.from.every((from) => from === -1)).toBe(true)
  })

  it('never lie in two regions', async () => {
    const z = scatter(200, 8, 5, 1)
    const regions = Int32Array.from({ length: 200 }, (_, row) => (row % 3) - 1)
    const { ofRow, regions: of } = await clusterItems({ z, regions, earlier: null, seed: 1 })
    expect(ofRow).toHaveLength(200)
    ofRow.forEach((cluster, row) => {
      expect(of[cluster]).toBe(regions[row])
    })
  })
})

describe('a label', () => {
  const catalogue = packCatalogue(
    [
      { id: 'a', title: "Women's waterproof mascara", brand: 'Acme', categories: ['Shop', 'Eyes'] },
      { id: 'b', title: 'Waterproof Mascaras, black', brand: 'Bolt', categories: ['Shop', 'Eyes'] },
      { id: 'c', title: 'Brown mascara', brand: 'Acme', categories: ['Shop', 'Eyes'] },
      { id: 'd', title: '保湿面霜 敏感肌可用', categories: ['Shop', '护肤'] },
    ],
    [0, 1, 2, 3],
  )

  it.each([
    ['Mascara · waterproof', [0, 1, 2], true],
    ['Waterproof mascara', [0, 2], true],
    ['Waterproof mascara', [1, 2, 2, 2], false],
    ['Mascara · Acme', [0, 1, 2], true],
    ['Eyes', [0, 1, 2], true],
    ['Lipstick', [0, 1, 2], false],
    ['The and of', [0], false],
    ['面霜', [3], true],
    ['口红', [3], false],
  ])('%s stands in %j: %s', (label, rows, stands) => {
    expect(isLabelSupported(catalogue, label, rows)).toBe(stands)
  })

  it('counts for items that have all words of one of its names', () => {
    expect(shareWithName(catalogue, ['Waterproof mascara', '面霜'], [0, 1, 2, 3])).toBe(0.75)
    expect(shareWithName(catalogue, ['Lipstick'], [0, 1])).toBe(0)
  })
})
