import { describe, expect, it } from 'vitest'
import { estimateNewItemOdds } from '../../src/rank/new-items.js'

/** `old` events on items 0..49 before day 90; from then on `fresh` on items 50..59 among `all`. */
function events(old: number, all: number, fresh: number) {
  const rows = Int32Array.from({ length: old + all }, (_, i) =>
    i < old ? i % 50 : i - old < fresh ? 50 + (i % 10) : i % 50,
  )
  const at = Float64Array.from(rows, (_, i) => (i < old ? i / old : 1 + i) * 86_400_000)
  return { rows, at }
}

describe('the odds of new items', () => {
  it('compare how often new items are taken with how many there are', () => {
    const { rows, at } = events(900, 100, 50)
    // Half of the newest tenth is on 50 of 100 items that had none: as likely as any; .5 more so that they are shown.
    expect(estimateNewItemOdds(rows, at, 100)).toBeCloseTo(0.5, 6)
    // The same events, but only ten items were new: odds 1 against 1/5.
    expect(estimateNewItemOdds(rows, at, 60)).toBeCloseTo(Math.log(5) + 0.5, 6)
  })

  it('tell nothing where events are undated or too few', () => {
    const { rows, at } = events(900, 100, 10)
    expect(estimateNewItemOdds(rows, at, 100)).toBe(0)
    expect(estimateNewItemOdds(rows, at.fill(Number.NaN), 100)).toBe(0)
    expect(estimateNewItemOdds(new Int32Array(0), new Float64Array(0), 5)).toBe(0)
  })
})
