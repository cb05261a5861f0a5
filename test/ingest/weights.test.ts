import { describe, expect, it } from 'vitest'
import { kindWeight, parseWeightTable, ratingScale, WEIGHT_PRESETS, weighEvent } from '../../src/ingest/weights.js'

const { shop } = WEIGHT_PRESETS
const weigh = (event: { type: string; value?: number | null; dwell?: number | null }, expected = 60, ratingMax = 5) =>
  weighEvent(event, expected, shop, ratingMax)

describe('presets', () => {
  it.each(Object.entries(WEIGHT_PRESETS))('%s gives each kind its sign and says whether it was said', (_, table) => {
    const kinds = Object.entries(table).map(([kind, { sign, explicit }]) => [kind, sign, explicit])
    for (const kind of ['view', 'click', 'read', 'play', 'cart', 'purchase', 'review'])
      expect(kinds).toContainEqual([kind, 1, false])
    for (const kind of ['like', 'save', 'share', 'subscribe']) expect(kinds).toContainEqual([kind, 1, true])
    for (const kind of ['dislike', 'not_interested', 'hide', 'return']) expect(kinds).toContainEqual([kind, -1, true])
    for (const kind of ['skip', 'bounce']) expect(kinds).toContainEqual([kind, -1, false])
    expect(Object.values(table).every(({ weight }) => weight > 0)).toBe(true)
  })

  it('orders a shop by what an act costs', () => {
    const weight = (type: string) => weigh({ type }).weight
    expect(weight('purchase')).toBeGreaterThan(weight('review'))
    expect(weight('review')).toBeGreaterThan(weight('cart'))
    expect(weight('cart')).toBeGreaterThan(weight('view'))
    expect([weight('view'), weight('click'), weight('anything')]).toEqual([1, 1, 1])
  })
})

describe('weighing', () => {
  it('goes by the kind', () => {
    expect(weigh({ type: 'view' })).toEqual({ weight: 1, polarity: 'implicit-positive' })
    expect(weigh({ type: 'like', value: null, dwell: null })).toEqual({ weight: 4, polarity: 'explicit-positive' })
    expect(weigh({ type: 'return' })).toEqual({ weight: 4, polarity: 'explicit-negative' })
    expect(weigh({ type: 'skip' })).toEqual({ weight: 1, polarity: 'implicit-negative' })
    expect(weigh({ type: 'constructor' })).toEqual({ weight: 1, polarity: 'implicit-positive' })
    expect(weigh({ type: 'impression' }).polarity).toBe('weak')
  })

  it.each([
    [5, 5, 4, 'explicit-positive'],
    [4, 5, 3.2, 'explicit-positive'],
    [3, 5, 1.2, 'weak'],
    [2.5, 5, 1.2, 'weak'],
    [2, 5, 3.2, 'explicit-negative'],
    [1, 5, 4, 'explicit-negative'],
    [0, 5, 4, 'explicit-negative'],
    [10, 10, 4, 'explicit-positive'],
    [5, 10, 1.2, 'weak'],
    [80, 100, 3.2, 'explicit-positive'],
    [1, 1, 4, 'explicit-positive'],
    [0, 1, 4, 'explicit-negative'],
  ])('a rating of %d on a scale up to %d', (value, max, weight, polarity) => {
    const result = weigh({ type: 'rating', value }, 60, max)
    expect(result.polarity).toBe(polarity)
    expect(result.weight).toBeCloseTo(weight)
  })

  it('keeps a negative kind negative whatever the rating', () => {
    expect(weigh({ type: 'dislike', value: 5 }).polarity).toBe('explicit-negative')
    expect(weigh({ type: 'skip', value: 5, dwell: 500 }).polarity).toBe('implicit-negative')
  })

  it('grows with dwell, at most to twice', () => {
    const at = (dwell: number | null) => weigh({ type: 'view', dwell }).weight
    expect(at(60)).toBe(1)
    expect(at(null)).toBe(1)
    expect(at(30)).toBeCloseTo(2 / 3)
    expect(at(180)).toBeCloseTo(1.5)
    expect(at(1e9)).toBeLessThanOrEqual(2)
    expect(weigh({ type: 'view', dwell: 10 }, Number.NaN).weight).toBe(1)
  })

  it('takes a look of under a tenth of the time for a bounce', () => {
    expect(weigh({ type: 'view', dwell: 5.9 })).toEqual({ weight: 1, polarity: 'implicit-negative' })
    expect(weigh({ type: 'view', dwell: 6 }).polarity).toBe('implicit-positive')
    expect(weigh({ type: 'unknown', dwell: 0 }).polarity).toBe('implicit-negative')
    expect(weigh({ type: 'like', dwell: 0 }).polarity).toBe('explicit-positive')
    expect(weigh({ type: 'view', dwell: 0, value: 5 }).polarity).toBe('explicit-positive')
    expect(weigh({ type: 'purchase', dwell: 1 })).toEqual({ weight: 5, polarity: 'implicit-positive' })
  })

  it('never weighs nothing', () => {
    for (const type of [...Object.keys(shop), 'other']) {
      for (const value of [null, 0, 2, 3, 4, 5]) {
        for (const dwell of [null, 0, 0.001, 1e6]) expect(weigh({ type, value, dwell }).weight).toBeGreaterThan(0)
      }
    }
  })

  it('tells scales', () => {
    expect([0.5, 1, 1.5, 5, 5.5, 10, 11, 100].map(ratingScale)).toEqual([1, 1, 5, 5, 10, 10, 100, 100])
  })
})

describe('own tables', () => {
  it('takes numbers and objects, over the usual kinds', () => {
    const table = parseWeightTable({
      view: 0.5,
      'Add to Cart': 2,
      wave: { weight: 3, sign: -1, explicit: true },
      yawn: -2,
      dislike: 9,
    })
    expect(table.view).toEqual({ weight: 0.5, sign: 1, explicit: false })
    expect(table.cart).toEqual({ weight: 2, sign: 1, explicit: false })
    expect(table.wave).toEqual({ weight: 3, sign: -1, explicit: true })
    expect(table.yawn).toEqual({ weight: 2, sign: -1, explicit: false })
    expect(table.dislike).toEqual({ weight: 9, sign: -1, explicit: true })
    expect(table.purchase).toEqual(shop.purchase)
    expect(shop.view.weight).toBe(1)
  })

  it('takes any name for a kind', () => {
    const table = parseWeightTable(JSON.parse('{"__proto__": 3}'))
    expect(kindWeight(table, '__proto__').weight).toBe(3)
    expect(kindWeight(table, 'toString').weight).toBe(1)
  })

  it.each([
    [null, /weight table/],
    [[1], /weight table/],
    ['shop', /weight table/],
    [{ view: 0 }, /"view"/],
    [{ view: '5' }, /"view"/],
    [{ view: Number.NaN }, /"view"/],
    [{ view: { weight: -1 } }, /"view.weight"/],
    [{ view: {} }, /"view.weight"/],
    [{ view: { weight: 1, sign: 0 } }, /"view.sign"/],
    [{ view: { weight: 1, explicit: 'yes' } }, /"view.explicit"/],
    [{ view: { weight: 1, colour: 2 } }, /"view.colour"/],
    [{ ' ': 1 }, /name of a kind/],
  ])('refuses %j', (json, message) => {
    expect(() => parseWeightTable(json)).toThrow(message)
    expect(() => parseWeightTable(json)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  })
})
