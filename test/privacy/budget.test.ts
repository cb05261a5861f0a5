import { describe, expect, it } from 'vitest'
import {
  chooseMechanism,
  composeCharges,
  epsilonOf,
  fitsBudget,
  type PrivacyCost,
  remainingEpsilon,
  rhoOf,
} from '../../src/privacy/budget.js'

/**
 * Rényi divergence of order alpha between a distribution over the whole numbers, by its logarithm up to a constant, and the
 * same moved by 1.
 */
function divergence(log: (x: number) => number, alpha: number): number {
  const values = Array.from({ length: 4001 }, (_, i) => i - 2000)
  const sum = values.reduce((all, x) => all + Math.exp(log(x)), 0)
  const moment = values.reduce((all, x) => all + Math.exp(alpha * log(x) + (1 - alpha) * log(x - 1)), 0)
  return Math.log(moment / sum) / (alpha - 1)
}

const ORDERS = [1.1, 1.5, 2, 3, 5, 8]

describe('the cost of noise', () => {
  it.each([
    [1, 0.5, 1e-6],
    [1, 3, 1e-5],
    [4, 1, 1e-6],
  ])('of Gauss (bound %d, epsilon %d, delta %d) is rho, at every order', (bound, epsilon, delta) => {
    const { scale, rho } = chooseMechanism(bound, epsilon, delta)
    expect(rho).toBeCloseTo(bound / (2 * scale ** 2), 12)
    const log = (x: number) => -(x * x) / (2 * scale * scale)
    // Bun and Steinke 2016, definition 1.1: rho-zCDP is a divergence of at most rho · alpha. Counts add up.
    for (const alpha of ORDERS) expect(bound * divergence(log, alpha)).toBeLessThanOrEqual(rho! * alpha + 1e-9)
    expect(epsilonOf(rho!, delta)).toBeLessThanOrEqual(epsilon)
    expect(epsilonOf(rho!, delta)).toBeCloseTo(epsilon, 6)
  })

  it.each([
    [1, 1],
    [3, 0.5],
    [3, 4],
  ])('of Laplace (bound %d, epsilon %d) is epsilon, and half its square as rho', (bound, epsilon) => {
    const { scale, rho } = chooseMechanism(bound, epsilon, 0)
    expect(rho).toBeNull()
    // The chances of any value differ by exp(1 / scale) at most where a count changes by 1.
    expect(bound / scale).toBeLessThanOrEqual(epsilon)
    expect(bound / scale).toBeCloseTo(epsilon, 6)
    const log = (x: number) => -Math.abs(x) / scale
    // Proposition 1.4: epsilon-DP is (epsilon² / 2)-zCDP.
    for (const alpha of ORDERS) {
      expect(divergence(log, alpha)).toBeLessThanOrEqual((alpha * (epsilon / bound) ** 2) / 2)
    }
  })
})

describe('epsilon of rho', () => {
  it.each([
    // Proposition 1.3 of Bun and Steinke 2016: rho + 2 sqrt(rho ln(1 / delta)), worked out by hand.
    [0.5, 1e-6, 5.7565],
    [0.1, 1e-5, 2.246],
    [1, Math.exp(-4), 5],
    [0.25, Math.exp(-9), 3.25],
  ])('%d at delta %d is %d, and back', (rho, delta, epsilon) => {
    expect(epsilonOf(rho, delta)).toBeCloseTo(epsilon, 3)
    expect(rhoOf(epsilonOf(rho, delta), delta)).toBeCloseTo(rho, 9)
  })

  it('is not below what Gaussian noise really costs', () => {
    // Balle and Wang 2018, theorem 8: the exact delta of Gaussian noise at an epsilon.
    const phi = (t: number) => 0.5 * erfc(-t / Math.SQRT2)
    for (const [sigma, delta] of [
      [1, 1e-5],
      [4, 1e-6],
      [20, 1e-3],
    ]) {
      const epsilon = epsilonOf(1 / (2 * sigma * sigma), delta)
      const exact = phi(0.5 / sigma - epsilon * sigma) - Math.exp(epsilon) * phi(-0.5 / sigma - epsilon * sigma)
      expect(exact).toBeLessThanOrEqual(delta)
    }
  })
})

/** Numerical Recipes' erfcc: relative error below 1.2e-7. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x))
  const terms = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587]
  const polynomial = [...terms, -0.82215223, 0.17087277].reduceRight((sum, term) => sum * t + term, 0)
  const value = t * Math.exp(-x * x + polynomial)
  return x >= 0 ? value : 2 - value
}

describe('answers together', () => {
  const pure = (epsilon: number): PrivacyCost => ({ epsilon, delta: 0, rho: null })
  const gauss = (rho: number): PrivacyCost => ({ epsilon: epsilonOf(rho, 1e-6), delta: 1e-6, rho })

  it('cost the sum of their epsilons, and of their rhos', () => {
    expect(composeCharges([], 1e-6)).toBe(0)
    expect(composeCharges([pure(0.5), pure(1)], 0)).toBe(1.5)
    const many = Array.from({ length: 100 }, () => gauss(0.01))
    expect(composeCharges(many, 1e-6)).toBeCloseTo(epsilonOf(1, 1e-6), 9)
    // That is the point of it: a sixth of adding up.
    expect(composeCharges(many, 1e-6)).toBeLessThan(many.reduce((sum, { epsilon }) => sum + epsilon, 0) / 6)
    expect(composeCharges([pure(0.5), gauss(0.1)], 1e-6)).toBeCloseTo(0.5 + epsilonOf(0.1, 1e-6), 12)
  })

  it('may not fail by more than the budget: a delta that is used up leaves none for Gaussian noise', () => {
    const trained: PrivacyCost = { epsilon: 1, delta: 6e-7, rho: null }
    expect(composeCharges([trained, gauss(0.1)], 1e-6)).toBeCloseTo(1 + epsilonOf(0.1, 4e-7), 9)
    expect(composeCharges([trained, trained], 1e-6)).toBe(Number.POSITIVE_INFINITY)
    expect(composeCharges([gauss(0.1)], 0)).toBe(Number.POSITIVE_INFINITY)
  })

  it('stop where the budget is spent, to the last answer that it pays for', () => {
    const budget = { epsilon: 1, delta: 1e-6 }
    const spent: PrivacyCost[] = []
    while (fitsBudget(budget, spent, pure(0.1))) spent.push(pure(0.1))
    expect(spent).toHaveLength(10)
    expect(remainingEpsilon(budget, spent)).toBeCloseTo(0, 9)
    expect(fitsBudget(budget, [], chooseMechanism(3, 1, 1e-6))).toBe(true)
    expect(fitsBudget(budget, [], chooseMechanism(3, 1.0001, 0))).toBe(false)
    expect(fitsBudget(null, [], pure(0.001))).toBe(false)
    expect(remainingEpsilon(null, [])).toBe(0)
  })
})
