import { describe, expect, it } from 'vitest'
import { createGaussian, openRounds } from '../../src/privacy/rounds.js'
import { createSecretRandom } from '../../src/privacy/secure-bytes.js'
import { createRandom } from '../../src/random.js'

const plan = { noiseMultiplier: 2, sampleRate: 0.3, steps: 10, clip: 5 }

/** Chance of a standard normal number below x (Abramowitz & Stegun 7.1.26, error below 1e-7). */
function normalBelow(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2)
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const within = 1 - tail * Math.exp((-x * x) / 2)
  return x < 0 ? (1 - within) / 2 : (1 + within) / 2
}

describe('noise', () => {
  it.each([
    ['a seed', createRandom(3)],
    ['the secret source', createSecretRandom()],
  ])('from %s is normal: Kolmogorov-Smirnov on 20,000 numbers', (_, chance) => {
    const draw = createGaussian(chance)
    const numbers = Float64Array.from({ length: 20_000 }, draw).sort()
    let gap = 0
    numbers.forEach((x, i) => {
      gap = Math.max(gap, Math.abs(normalBelow(x) - i / 20_000), Math.abs(normalBelow(x) - (i + 1) / 20_000))
    })
    // A normal source is above this once in a million runs.
    expect(gap).toBeLessThan(2.69 / Math.sqrt(20_000))
  })

  it('has the deviation of the plan: noise multiplier times clip', () => {
    const sum = new Float64Array(50_000)
    openRounds(plan, createRandom(1)).addNoiseTo(sum)
    const deviation = Math.sqrt(sum.reduce((square, x) => square + x * x, 0) / sum.length)
    expect(deviation / 10).toBeCloseTo(1, 1)
    expect(Math.abs(deviation / 10 - 1)).toBeLessThan(0.02)
  })

  it('of the secret source is never the same', () => {
    const draw = () => Array.from({ length: 4 }, createSecretRandom().unit)
    expect(draw()).not.toEqual(draw())
  })
})

describe('taking part', () => {
  const rounds = openRounds(plan, createRandom(9))

  it('is as likely as the plan says, and independent of one round and user to the next', () => {
    const counts = new Float64Array(1000)
    let both = 0
    for (let round = 0; round < 400; round++) {
      const takers = rounds.drawParticipants(1000)
      for (const user of takers) counts[user]++
      both += Number(takers.includes(0) && takers.includes(1))
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / 1000 / 400
    expect(Math.abs(mean - 0.3)).toBeLessThan(0.004)
    expect(Math.abs(both / 400 - 0.09)).toBeLessThan(0.06)
    const variance = counts.reduce((sum, count) => sum + (count - 120) ** 2, 0) / 1000
    expect(variance / (400 * 0.3 * 0.7)).toBeGreaterThan(0.8)
    expect(variance / (400 * 0.3 * 0.7)).toBeLessThan(1.2)
  })
})
