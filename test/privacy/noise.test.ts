import { describe, expect, it } from 'vitest'
import { addNoise, boundGroups, noiseFloor } from '../../src/privacy/bounded.js'
import { chooseMechanism } from '../../src/privacy/budget.js'
import {
  type ByteSource,
  drawBelow,
  drawExponential,
  drawGaussian,
  drawLaplace,
  ratioOf,
} from '../../src/privacy/noise.js'
import { openSecureBytes } from '../../src/privacy/secure-bytes.js'
import { createRandom } from '../../src/random.js'

const DRAWS = 20_000

/** The same bytes each time. */
function fixedBytes(seed: number): ByteSource {
  const random = createRandom(seed)
  return (count) => Uint8Array.from({ length: count }, () => random.below(256))
}

/** A value that chi-square of so many degrees of freedom passes once in a thousand (Wilson and Hilferty 1931). */
function chiLimit(freedom: number): number {
  const part = 2 / (9 * freedom)
  return freedom * (1 - part + 3.09 * Math.sqrt(part)) ** 3
}

/** Compares draws with what each value's chance is; values that are too rare for it are taken together. */
function expectDrawn(draws: readonly number[], chanceOf: (value: number) => number) {
  const counts = new Map<number, number>()
  for (const value of draws) counts.set(value, (counts.get(value) ?? 0) + 1)
  let statistic = 0
  let cells = 0
  let rest = draws.length
  let restCount = draws.length
  let highest = 0
  let below = 0
  const values = Array.from({ length: 401 }, (_, i) => i - 200)
  for (const value of values) {
    const expected = chanceOf(value) * draws.length
    const count = counts.get(value) ?? 0
    below += count - expected
    highest = Math.max(highest, Math.abs(below) / draws.length)
    if (expected < 10) continue
    statistic += (count - expected) ** 2 / expected
    rest -= expected
    restCount -= count
    cells++
  }
  if (rest > 1) statistic += (restCount - rest) ** 2 / rest
  expect(statistic).toBeLessThan(chiLimit(cells))
  // Kolmogorov and Smirnov, once in a thousand; less for whole numbers.
  expect(highest).toBeLessThan(1.95 / Math.sqrt(draws.length))
}

describe('a fraction', () => {
  it.each([0, 1, 3, 0.1, 1 / 3, 1e-9, 123456.789, 2 ** 60])('is exactly the number %d', (value) => {
    const { over, under } = ratioOf(value)
    expect(Number(over) / Number(under)).toBe(value)
    expect(under & (under - 1n)).toBe(0n)
  })
})

describe('noise', () => {
  it('starts from whole numbers that are equally likely', () => {
    const bytes = fixedBytes(1)
    for (const n of [1, 2, 7, 64, 100]) {
      const draws = Array.from({ length: DRAWS }, () => Number(drawBelow(BigInt(n), bytes)))
      expectDrawn(draws, (value) => (value >= 0 && value < n ? 1 / n : 0))
    }
    const large = Array.from({ length: 200 }, () => drawBelow(10n ** 30n, bytes))
    expect(large.every((one) => one >= 0n && one < 10n ** 30n)).toBe(true)
    expect(large.filter((one) => one > 5n * 10n ** 29n).length).toBeGreaterThan(60)
  })

  it.each([0, 0.3, 1, 2.5])('is decided by chances of exp(-%d)', (exponent) => {
    const bytes = fixedBytes(2)
    const draws = Array.from({ length: DRAWS }, () => Number(drawExponential(ratioOf(exponent), bytes)))
    const chance = Math.exp(-exponent)
    const mean = draws.reduce((sum, one) => sum + one, 0) / DRAWS
    expect(Math.abs(mean - chance)).toBeLessThanOrEqual(3.3 * Math.sqrt((chance * (1 - chance)) / DRAWS))
  })

  it.each([0.3, 1, 3, 10 / 3, 20.7])('of Laplace with scale %d has the chances that it should', (scale) => {
    const bytes = fixedBytes(3)
    const draws = Array.from({ length: DRAWS }, () => drawLaplace(ratioOf(scale), bytes))
    const step = Math.exp(-1 / scale)
    expectDrawn(draws, (value) => ((1 - step) / (1 + step)) * step ** Math.abs(value))
  })

  it.each([0.2, 1, 7.3, 90.5])('of Gauss with variance %d has the chances that it should', (variance) => {
    const bytes = fixedBytes(4)
    const draws = Array.from({ length: DRAWS }, () => drawGaussian(ratioOf(variance), bytes))
    const density = (value: number) => Math.exp(-(value * value) / (2 * variance))
    const sum = Array.from({ length: 2001 }, (_, i) => density(i - 1000)).reduce((all, one) => all + one, 0)
    expectDrawn(draws, (value) => density(value) / sum)
  })

  it('comes from bytes that are never the same', () => {
    const bytes = openSecureBytes()
    const drawn = Array.from({ length: 3000 }, (_, i) => Buffer.from(bytes(8 + (i % 7))).toString('hex'))
    expect(new Set(drawn).size).toBe(3000)
    expect(bytes(20_000)).toHaveLength(20_000)
    const draws = Array.from({ length: 5000 }, () => Number(drawBelow(16n, bytes)))
    for (let value = 0; value < 16; value++) {
      const count = draws.filter((one) => one === value).length
      // Six standard deviations: by chance once in a hundred million runs.
      expect(Math.abs(count - 5000 / 16)).toBeLessThan(6 * Math.sqrt(5000 / 16))
    }
  })
})

describe('counts', () => {
  it('have a user in so many groups at most, of two items or more, the weightiest', () => {
    expect(boundGroups([5, 5, 2, 2, 2, 7, -1, -1, 9, 9, 1, 1], [1, 1, 3, 1, 1, 9, 9, 9, 2, 2, 1, 1], 3)).toEqual([
      2, 9, 1,
    ])
    expect(boundGroups([], [], 3)).toEqual([])
  })

  it.each([
    ['discrete-laplace', 0],
    ['discrete-gaussian', 1e-6],
  ])('with %s noise are whole, not below 0, and empty ones below the floor but once in twenty lists', (name, delta) => {
    const mechanism = chooseMechanism(3, 1, delta)
    expect(mechanism.name).toBe(name)
    const floor = noiseFloor(mechanism, 40)
    const bytes = fixedBytes(5)
    const lists = Array.from({ length: 200 }, () => addNoise(new Int32Array(40), mechanism, bytes))
    expect(lists.every((list) => list.length === 40)).toBe(true)
    expect(lists.every((list) => list.every((count) => count >= 0))).toBe(true)
    expect(lists.filter((list) => list.some((count) => count >= floor)).length).toBeLessThanOrEqual(22)
    const far = addNoise(new Int32Array(2000).fill(1000), mechanism, bytes)
    const mean = far.reduce((sum, count) => sum + count, 0) / 2000
    expect(Math.abs(mean - 1000)).toBeLessThan((4 * 1.5 * mechanism.scale) / Math.sqrt(2000))
  })
})
