/** What an answer costs. */
export interface Charge {
  epsilon: number
  /** 0: of pure differential privacy. */
  delta: number
  /** Of an answer with Gaussian noise: its zero-concentrated privacy, which composes tighter; else null. */
  rho: number | null
}

/** What all answers together may cost. */
export interface Budget {
  epsilon: number
  /** What Gaussian noise may fail by, over all answers. */
  delta: number
}

/** Noise that makes figures private, and what it costs. */
export interface Mechanism extends Charge {
  name: 'discrete-laplace' | 'discrete-gaussian'
  /** Laplace: the noise falls as exp(-|x| / scale). Gaussian: its variance is scale². */
  scale: number
}

/** Costs are sums of floats. */
const ROUNDING = 1e-9

/**
 * Noise for figures of which one user can change `bound`, each by 1: Laplace noise where delta is 0 (the figures change by
 * `bound` in all), else Gaussian noise (they change by its root in Euclidean length, and rho = bound / (2 scale²)).
 */
export function chooseMechanism(bound: number, epsilon: number, delta: number): Mechanism {
  if (delta === 0)
    return { name: 'discrete-laplace', scale: (bound / epsilon) * (1 + ROUNDING), epsilon, delta, rho: null }
  const rho = rhoOf(epsilon, delta) * (1 - ROUNDING)
  return { name: 'discrete-gaussian', scale: Math.sqrt(bound / (2 * rho)), epsilon, delta, rho }
}

/** Epsilon, at delta, of rho-zero-concentrated differential privacy (Bun and Steinke 2016, proposition 1.3). */
export function epsilonOf(rho: number, delta: number): number {
  return rho + 2 * Math.sqrt(rho * Math.log(1 / delta))
}

/** The largest rho whose epsilon, at delta, is not above `epsilon`: the inverse of `epsilonOf`. */
export function rhoOf(epsilon: number, delta: number): number {
  const log = Math.log(1 / delta)
  return (Math.sqrt(log + epsilon) - Math.sqrt(log)) ** 2
}

/**
 * Epsilon of all answers together, at a delta of them all; Infinity where that delta is too small. Epsilons and deltas add
 * up; rhos do too, and are turned into epsilon at what is left of delta.
 */
export function composeCharges(charges: readonly Charge[], delta: number): number {
  let epsilon = 0
  let rho = 0
  let rest = delta
  for (const charge of charges) {
    if (charge.rho !== null) rho += charge.rho
    else {
      epsilon += charge.epsilon
      rest -= charge.delta
    }
  }
  if (rest < -ROUNDING * delta || (rho > 0 && rest <= 0)) return Number.POSITIVE_INFINITY
  return epsilon + (rho > 0 ? epsilonOf(rho, rest) : 0)
}

/** Epsilon that is left of a budget, at its delta; 0 where it is spent or there is none. */
export function leftOf(budget: Budget | null, spent: readonly Charge[]): number {
  return budget === null ? 0 : Math.max(0, budget.epsilon - composeCharges(spent, budget.delta))
}

/** Whether an answer may be given after those that were. */
export function canAfford(budget: Budget | null, spent: readonly Charge[], charge: Charge): boolean {
  return budget !== null && composeCharges([...spent, charge], budget.delta) <= budget.epsilon * (1 + ROUNDING)
}
