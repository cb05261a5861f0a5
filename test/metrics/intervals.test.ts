import { describe, expect, it } from 'vitest'
import { bootstrapDifferences, bootstrapMeans } from '../../src/metrics/intervals.js'
import { createRandom } from '../../src/random.js'

const alone = (n: number) => Int32Array.from({ length: n }, (_, i) => i)
const options = { seed: 1 }

describe('bootstrap intervals', () => {
  it('hold the true mean about 95 times of 100', () => {
    const random = createRandom(8)
    let held = 0
    for (let run = 0; run < 200; run++) {
      const column = Float64Array.from({ length: 120 }, () => (random.unit() < 0.3 ? 1 : 0))
      const [{ low, high }] = bootstrapMeans([column], alone(120), { seed: run, resamples: 300 })
      if (low <= 0.3 && high >= 0.3) held++
    }
    expect(held / 200).toBeGreaterThan(0.9)
    expect(held / 200).toBeLessThan(0.99)
  })

  it('have the width of the normal approximation', () => {
    const random = createRandom(2)
    const column = Float64Array.from({ length: 2000 }, () => random.unit())
    const [{ mean, low, high }] = bootstrapMeans([column], alone(2000), options)
    const half = 1.96 * Math.sqrt(1 / 12 / 2000)
    expect(mean).toBeCloseTo(column.reduce((sum, x) => sum + x, 0) / 2000, 12)
    expect(high - mean).toBeGreaterThan(0.85 * half)
    expect(high - mean).toBeLessThan(1.15 * half)
    expect(mean - low).toBeGreaterThan(0.85 * half)
    expect(mean - low).toBeLessThan(1.15 * half)
  })

  it('are wider where the questions of a user are alike: users are drawn, not questions', () => {
    const random = createRandom(3)
    const perUser = Float64Array.from({ length: 100 }, () => random.unit())
    const column = Float64Array.from({ length: 1000 }, (_, i) => perUser[Math.floor(i / 10)])
    const users = Int32Array.from({ length: 1000 }, (_, i) => 7 * Math.floor(i / 10))
    const [clustered] = bootstrapMeans([column], users, options)
    const [single] = bootstrapMeans([column], alone(1000), options)
    expect(clustered.mean).toBeCloseTo(single.mean, 12)
    const ratio = (clustered.high - clustered.low) / (single.high - single.low)
    expect(ratio).toBeGreaterThan(2.5)
    expect(ratio).toBeLessThan(4)
  })

  it('repeat with the seed, column by column', () => {
    const a = Float64Array.of(0, 1, 1, 0, 1, 0, 0, 1)
    const b = a.map((x) => x / 2)
    const [first, second] = bootstrapMeans([a, b], alone(8), options)
    expect(bootstrapMeans([a], alone(8), options)[0]).toEqual(first)
    expect(second.low).toBeCloseTo(first.low / 2, 12)
    expect(second.high).toBeCloseTo(first.high / 2, 12)
  })

  it('leave out what was not measured', () => {
    const [part] = bootstrapMeans([[1, Number.NaN, 0, Number.NaN]], [0, 1, 2, 3], options)
    expect(part.mean).toBe(0.5)
    expect(part.low).toBe(0)
    expect(part.high).toBe(1)
    const [none] = bootstrapMeans([[Number.NaN]], [0], options)
    expect([none.mean, none.low, none.high]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })

  it('of paired differences are narrow where both find the same questions hard', () => {
    const random = createRandom(4)
    const theirs = Float64Array.from({ length: 400 }, () => random.unit())
    const ours = theirs.map((x) => x + 0.02 + 0.01 * random.unit())
    const [{ low, high }] = bootstrapDifferences([ours], [theirs], alone(400), options)
    expect(low).toBeGreaterThan(0.02)
    expect(high).toBeLessThan(0.03)
    const [same] = bootstrapDifferences([theirs], [theirs], alone(400), options)
    expect([same.mean, same.low, same.high]).toEqual([0, 0, 0])
  })
})
