import { describe, expect, it } from 'vitest'
import { createTrendReader } from '../../src/mine/trend.js'
import { historyOf } from './model.js'

const day = 86_400_000

describe('a timeline', () => {
  const at = [0, 10, 20, 90, 100, 110].map((d) => d * day)
  const history = historyOf([0, 1, 2, 3, 4, 5], { at })
  const course = createTrendReader(history, 120 * day)

  it('has equal periods up to now, and every item in one', () => {
    const all = course.timelineOf([0, 1, 2, 3, 4, 5])
    expect(all).toHaveLength(6)
    expect(all[0]).toEqual({ from: 0, to: 20 * day, items: 2, all: 2 })
    expect(all.map(({ items }) => items)).toEqual([2, 1, 0, 0, 1, 2])
    expect(all.at(-1)!.to).toBe(120 * day)
    expect(course.timelineOf([0, 3]).map(({ items, all }) => `${items}/${all}`)).toEqual([
      '1/2',
      '0/1',
      '0/0',
      '0/0',
      '1/1',
      '0/2',
    ])
  })

  it('uses positions where a time is unknown, and gives no times', () => {
    const undated = createTrendReader(historyOf([0, 1, 2, 3], { at: [0, Number.NaN, 2, 3] }), Number.NaN)
    const timeline = undated.timelineOf([0, 1])
    expect(timeline.map(({ items }) => items)).toEqual([1, 1, 0, 0])
    expect(timeline.every(({ from, to }) => Number.isNaN(from) && Number.isNaN(to))).toBe(true)
  })

  it('of one event is one period', () => {
    expect(createTrendReader(historyOf([7], { at: [day] }), day).timelineOf([0])).toEqual([
      { from: day, to: day, items: 1, all: 1 },
    ])
  })
})

describe('a trend', () => {
  it('is fading where there was no event for most of the active span', () => {
    const early = [0, 5, 10, 20].map((d) => d * day)
    expect(createTrendReader(historyOf([0, 1, 2, 3], { at: early }), 270 * day).trendOf([0, 1, 2, 3])).toBe('fading')
    expect(createTrendReader(historyOf([0, 1, 2, 3], { at: early }), 60 * day).trendOf([0, 1, 2, 3])).not.toBe('fading')
  })
})

describe('isOneGo', () => {
  const at = [0, 50, 51, 60, 150, 199].map((d) => d * day)
  const course = createTrendReader(historyOf([0, 1, 2, 3, 4, 5], { at }), 200 * day)

  it('is true of items taken within days, long ago', () => {
    expect(course.isOneGo([1, 2])).toBe(true)
    expect(course.isOneGo([1, 3])).toBe(false)
    expect(course.isOneGo([5])).toBe(false)
  })

  it('is not reported where most other items were taken in the same days', () => {
    const session = [0, 1, 1, 1, 2, 90].map((d) => d * day)
    expect(createTrendReader(historyOf([0, 1, 2, 3, 4, 5], { at: session }), 200 * day).isOneGo([1, 2])).toBe(false)
  })

  it('is not reported of a new user, nor without times', () => {
    expect(createTrendReader(historyOf([0, 1], { at: [0, day] }), 20 * day).isOneGo([0, 1])).toBe(false)
    expect(createTrendReader(historyOf([0, 1]), Number.NaN).isOneGo([0, 1])).toBe(false)
  })
})
