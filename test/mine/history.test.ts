import { describe, expect, it } from 'vitest'
import { foldHistory, leaveOut, orderEvents, type Polarity, plainHistory } from '../../src/mine/history.js'

type Event = [row: number, polarity: Polarity, at?: number, weight?: number, value?: number]

function fold(events: Event[]) {
  return foldHistory({
    rows: Int32Array.from(events, ([row]) => row),
    types: events.map(() => 'view'),
    polarities: events.map(([, polarity]) => polarity),
    at: Float64Array.from(events, ([, , at]) => at ?? Number.NaN),
    weights: Float64Array.from(events, ([, , , weight]) => weight ?? 1),
    values: Float64Array.from(events, ([, , , , value]) => value ?? Number.NaN),
    dwells: new Float64Array(events.length).fill(Number.NaN),
  })
}
const seen = 'implicit-positive'

describe('a history', () => {
  it('holds distinct items at their latest event, weights saturating with repetition', () => {
    const history = fold([
      [1, seen, 10],
      [2, seen, 20, 5],
      [1, seen, 30],
      [1, seen, 40],
    ])
    expect([...history.rows]).toEqual([2, 1])
    expect([...history.weights]).toEqual([5, 2])
    expect([...history.firstAt]).toEqual([20, 10])
    expect([...history.lastAt]).toEqual([20, 40])
    expect([...history.events]).toEqual([1, 3])
    expect(history.total).toBe(4)
  })

  it('decides by the latest explicit signal, else by the majority of implicit ones', () => {
    const likedOf = (events: Event[]) => [...fold(events).rows]
    expect(
      likedOf([
        [1, 'explicit-negative'],
        [1, 'explicit-positive'],
      ]),
    ).toEqual([1])
    expect(
      likedOf([
        [1, 'explicit-positive'],
        [1, 'explicit-negative'],
        [1, seen],
      ]),
    ).toEqual([])
    expect(
      likedOf([
        [1, seen],
        [1, 'implicit-negative'],
        [1, 'implicit-negative'],
      ]),
    ).toEqual([])
    expect(
      likedOf([
        [1, seen],
        [1, 'implicit-negative'],
      ]),
    ).toEqual([1])
  })

  it('keeps negatives apart, and counts items that were only shown as seen', () => {
    const history = fold([
      [1, 'explicit-negative'],
      [2, 'implicit-negative'],
      [3, 'weak'],
    ])
    expect([...history.dislikedRows]).toEqual([1, 2])
    expect([...history.dislikedWeights]).toEqual([1, 0.5])
    expect([...history.seenRows].sort()).toEqual([1, 2, 3])
    expect([...history.rows]).toEqual([])
  })

  it('takes a middling rating as an explicit signal of little weight', () => {
    const history = fold([
      [1, seen, 1],
      [1, 'weak', 2, 0.3, 3],
      [2, seen, 3],
    ])
    expect([...history.strong]).toEqual([0, 1])
    expect(history.weights[0]).toBeLessThan(history.weights[1])
  })

  it('leaves items out without forgetting that they were seen', () => {
    const history = fold([
      [1, seen, 1],
      [2, seen, 2],
      [3, 'explicit-negative', 3],
    ])
    const less = leaveOut(history, new Set([1, 3]))
    expect([...less.rows]).toEqual([2])
    expect([...less.dislikedRows]).toEqual([])
    expect([...less.seenRows]).toEqual([...history.seenRows])
    expect(less.total).toBe(3)
    expect([...leaveOut(plainHistory([4, 5]), new Set([4])).rows]).toEqual([5])
  })
})

describe('the order of events', () => {
  it('is by time; ties are in order of arrival, undated events where they arrived', () => {
    const { NaN: none } = Number
    expect([...orderEvents(Float64Array.of(30, 10, none, 10, 20))]).toEqual([1, 2, 3, 4, 0])
    expect([...orderEvents(Float64Array.of(none, none, 5))]).toEqual([0, 1, 2])
  })
})
