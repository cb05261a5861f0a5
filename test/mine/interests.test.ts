import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { History, Profile } from '../../src/columns.js'
import { type LoadedEncoder, loadEncoder } from '../../src/encode/encoder.js'
import { type MineModel, mineInterests, nearestInterest } from '../../src/mine/interests.js'
import type { Item } from '../../src/types/items.js'
import { buildModel, encodeWords, historyOf } from './model.js'

const KINDS: Record<string, [path: string[], titles: string[]]> = {
  mascara: [
    ['Shop', 'Beauty', 'Mascara'],
    [
      'Acme Waterproof Mascara',
      'Volume Mascara, Black',
      'Long Lash Waterproof Mascara',
      'Curling Mascara',
      'Waterproof Mascara for Sensitive Eyes',
      'Brown Lengthening Mascara',
    ],
  ],
  shampoo: [
    ['Shop', 'Beauty', 'Shampoo'],
    [
      'Dry Shampoo for Fine Hair',
      'Argan Oil Shampoo',
      'Dandruff Shampoo',
      'Baby Shampoo',
      'Colour Care Shampoo',
      'Solid Shampoo Bar',
    ],
  ],
  tent: [
    ['Shop', 'Outdoors', 'Tents'],
    [
      'Two-Person Backpacking Tent',
      'Family Camping Tent',
      'Ultralight Trekking Tent',
      'Pop-up Beach Tent',
      'Four-Season Dome Tent',
      'Roof Top Tent',
    ],
  ],
  kettle: [
    ['Shop', 'Kitchen', 'Kettles'],
    [
      'Electric Gooseneck Kettle',
      'Whistling Stovetop Kettle',
      'Glass Electric Kettle',
      'Cast Iron Kettle',
      'Travel Kettle',
      'Electric Kettle with Temperature Dial',
    ],
  ],
  guitar: [
    ['Shop', 'Music', 'Guitars'],
    [
      'Acoustic Guitar with Case',
      'Electric Guitar, Sunburst',
      'Classical Guitar for Beginners',
      'Bass Guitar',
      'Travel Guitar',
      'Twelve-String Guitar',
    ],
  ],
  yarn: [
    ['Shop', 'Craft', 'Yarn'],
    [
      'Merino Sock Yarn',
      'Cotton Yarn for Crochet',
      'Alpaca Wool Yarn',
      'Mohair Lace Yarn',
      'Chunky Wool Yarn',
      'Recycled Cotton Yarn',
    ],
  ],
}
const items: Item[] = Object.entries(KINDS).flatMap(([kind, [categories, titles]]) =>
  titles.map((title, i) => ({ id: `${kind}-${i}`, title, categories })),
)
const rowsOf = (kind: string, count = 6) =>
  items.flatMap(({ id }, row) => (id.startsWith(kind) ? [row] : [])).slice(0, count)

/** Properties that every profile must have. */
function expectPartition(profile: Profile, history: History): void {
  const placed = [...profile.interests.flatMap(({ rows }) => [...rows]), ...profile.unassigned]
  expect(placed.sort((a, b) => a - b)).toEqual([...history.rows].sort((a, b) => a - b))
  const total = history.weights.reduce((sum, weight) => sum + weight, 0)
  const left = [...profile.unassigned].reduce((sum, row) => sum + history.weights[history.rows.indexOf(row)] / total, 0)
  const shares = profile.interests.reduce((sum, { weight }) => sum + weight, left)
  if (history.rows.length > 0) expect(shares).toBeCloseTo(1, 9)
  const labels = profile.interests.map(({ label }) => label.toLowerCase())
  expect(new Set(labels).size).toBe(labels.length)
  expect(new Set(profile.interests.map(({ id }) => id)).size).toBe(labels.length)
  profile.interests.forEach((interest, i) => {
    expect(interest.label).toMatch(/\p{L}/u)
    expect(interest.label.length).toBeLessThanOrEqual(80)
    expect(interest.label).not.toMatch(/^(cluster|interest|topic)[ _-]?\d+$|\b(undefined|null|NaN)\b/i)
    expect(interest.label).not.toMatch(/[\u0000-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/)
    expect(interest.id).toMatch(/^i[0-9a-z]{10}$/)
    expect(interest.rows).toContain(interest.medoid)
    expect(interest.confidence > 0 && interest.confidence < 1).toBe(true)
    expect(interest.rows.length).toBeGreaterThanOrEqual(interest.level === 'point' ? 3 : 2)
    if (interest.level === 'emerging') expect(interest.rows).toHaveLength(2)
    if (i > 0) expect(interest.weight).toBeLessThanOrEqual(profile.interests[i - 1].weight + 1e-12)
  })
}

describe('mineInterests, whatever the vectors', () => {
  let model: MineModel
  beforeAll(async () => {
    model = await buildModel(items)
  })

  it('places every item of any history once, with unique labels and ids, and is deterministic', () => {
    const histories = fc.uniqueArray(fc.nat(items.length - 1), { maxLength: 30 }).chain((rows) =>
      fc.record({
        rows: fc.constant(rows),
        weights: fc.array(fc.double({ min: 0.01, max: 50, noNaN: true }), {
          minLength: rows.length,
          maxLength: rows.length,
        }),
        at: fc.array(fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 2e12 })), {
          minLength: rows.length,
          maxLength: rows.length,
        }),
      }),
    )
    const levels = new Set<string>()
    fc.assert(
      fc.property(histories, ({ rows, weights, at }) => {
        const history = historyOf(rows, { weights, at })
        const profile = mineInterests({ history, model, now: 2e12 })
        expectPartition(profile, history)
        expect(mineInterests({ history, model, now: 2e12 })).toEqual(profile)
        for (const { level } of profile.interests) levels.add(level)
      }),
      { numRuns: 80 },
    )
    expect([...levels]).toEqual(expect.arrayContaining(['point', 'emerging']))
  })

  it('works on 14 items without categories, on equal texts, and on one item', async () => {
    const plain = items.slice(0, 14).map(({ id, title }) => ({ id, title }))
    const alike = plain.map(({ id }) => ({ id, title: 'The very same thing' }))
    for (const list of [plain, alike, plain.slice(0, 1)]) {
      const small = await buildModel(list)
      for (const n of [0, 1, 2, 3, list.length]) {
        const history = historyOf(list.map((_, row) => row).slice(0, n))
        expectPartition(mineInterests({ history, model: small, now: Number.NaN }), history)
      }
    }
  })
})

describe('mineInterests with a real encoder', () => {
  let encoder: LoadedEncoder
  let model: MineModel
  beforeAll(async () => {
    encoder = await loadEncoder('all-MiniLM-L6-v2')
    model = await buildModel(items, (texts) => encoder.encode(texts))
  }, 60_000)
  afterAll(() => encoder.close())

  it('finds planted interests and names them by what they are', () => {
    const history = historyOf([...rowsOf('mascara', 4), ...rowsOf('tent', 4), ...rowsOf('kettle', 3)])
    const { interests } = mineInterests({ history, model, now: Number.NaN })
    const named = interests.filter(({ level }) => level === 'point')
    expect(
      named
        .map(({ label }) => label.toLowerCase())
        .sort()
        .map((label) => label.split(' ')[0]),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/kettle/),
        expect.stringMatching(/mascara|waterproof/),
        expect.stringMatching(/tent/),
      ]),
    )
    for (const { rows } of named) expect(new Set([...rows].map((row) => items[row].id.split('-')[0])).size).toBe(1)
  })

  it('keeps an id while events come in, and assigns new items to their interest', () => {
    const before = historyOf(rowsOf('mascara', 3))
    const after = historyOf([...rowsOf('mascara', 4), ...rowsOf('guitar', 3)])
    const old = mineInterests({ history: before, model, now: Number.NaN })
    const now = mineInterests({ history: after, model, now: Number.NaN })
    expect(now.interests.map(({ id }) => id)).toContain(old.interests[0].id)
    const nearest = (row: number) => now.interests[nearestInterest(model, now, row)]
    expect(nearest(rowsOf('mascara')[5]).rows).toContain(rowsOf('mascara')[0])
    expect(nearest(rowsOf('guitar')[5]).rows).toContain(rowsOf('guitar')[0])
  })

  it('distinguishes new from fading interests', () => {
    const day = 86_400_000
    const at = [0, 1, 2, 3, 196, 197, 198].map((d) => d * day)
    const history = historyOf([...rowsOf('tent', 4), ...rowsOf('yarn', 3)], { at })
    const { interests } = mineInterests({ history, model, now: 200 * day })
    const trend = (kind: string) => interests.find(({ rows }) => rows.includes(rowsOf(kind)[0]))?.trend
    expect(trend('tent')).toBe('fading')
    expect(trend('yarn')).toBe('new')
  })

  it('is verified by enough signals, and not with many dislikes', () => {
    const rows = rowsOf('tent', 3)
    const verified = (disliked: number[]) => {
      const { interests } = mineInterests({ history: historyOf(rows, { disliked }), model, now: Number.NaN })
      return interests[0].verified
    }
    expect(verified([])).toBe(true)
    const many = Array.from({ length: 4 }, (_, i) => rowsOf('tent')[3 + (i % 3)])
    expect(verified(many)).toBe(false)
  })
})

describe('mineInterests in Chinese', () => {
  const notes: Item[] = [
    ['早C晚A护肤记录', '护肤'],
    ['敏感肌防晒霜怎么选', '防晒霜'],
    ['通勤防晒霜红黑榜', '防晒霜'],
    ['海边防晒霜不搓泥', '防晒霜'],
    ['露营天幕怎么搭', '露营'],
    ['雨天露营的六个细节', '露营'],
    ['周末露营装备清单', '露营'],
    ['手冲咖啡入门器具', '手冲咖啡'],
    ['冰手冲咖啡夏日配方', '手冲咖啡'],
    ['办公室手冲咖啡角落', '手冲咖啡'],
    ['黑白胶片自己冲洗', '胶片摄影'],
    ['第一卷胶片翻车', '胶片摄影'],
    ['胶片扫描的区别', '胶片摄影'],
    ['晚A建立耐受', '护肤'],
  ].map(([title, leaf], i) => ({ id: `n${i}`, title, categories: ['生活', leaf] }))

  it('names interests in the language of their evidence, without particles', async () => {
    const encoder = await loadEncoder('multilingual-e5-small')
    const model = await buildModel(notes, (texts) => encoder.encode(texts))
    await encoder.close()
    const history = historyOf([1, 2, 3, 4, 5, 6])
    const profile = mineInterests({ history, model, now: Number.NaN })
    expectPartition(profile, history)
    const labels = profile.interests.map(({ label }) => label)
    expect(labels.join(' ')).toMatch(/防晒|露营/)
    for (const label of labels) expect(label).not.toMatch(/的$|^的|[a-z]/)
  }, 60_000)

  it('works with any vectors', async () => {
    const model = await buildModel(notes, encodeWords)
    const history = historyOf(notes.map((_, row) => row))
    expectPartition(mineInterests({ history, model, now: Number.NaN }), history)
  })
})
