/** What one answer costs in differential privacy. */
export interface Charge {
  epsilon: number
  /** 0 for pure differential privacy. */
  delta: number
  /**
   * Of an answer with Gaussian noise: its zero-concentrated differential privacy (zCDP), which composes more tightly;
   * else null.
   */
  rho: number | null
}

/** What all answers together may cost. */
export interface Budget {
  epsilon: number
  /** For all answers together. */
  delta: number
}

/** Noise that makes counts private, and what it costs. */
export interface Mechanism extends Charge {
  name: 'discrete-laplace' | 'discrete-gaussian'
  /** Laplace: probabilities fall as exp(-|x| / scale). Gaussian: the variance is scale². */
  scale: number
}

/** Relative tolerance for rounding errors in sums of costs. */
const ROUNDING = 1e-9

/**
 * The noise for counts of which one user can change `bound`, each by 1. Where delta is 0 it is Laplace noise, for the
 * counts change by `bound` in sum; else it is Gaussian noise, for they change by sqrt(bound) in Euclidean length, and
 * rho = bound / (2 scale²).
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

/** The largest rho whose epsilon, at delta, is at most `epsilon`: the inverse of `epsilonOf`. */
export function rhoOf(epsilon: number, delta: number): number {
  const log = Math.log(1 / delta)
  return (Math.sqrt(log + epsilon) - Math.sqrt(log)) ** 2
}

/**
 * Epsilon of all answers together, at a delta for all of them; Infinity where that delta is too small. Epsilons and
 * deltas of pure and approximate answers add up; rhos add up too and are converted at the delta that is left.
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

/** Epsilon that is left of a budget, at its delta; 0 where it is spent or there is no budget. */
export function leftOf(budget: Budget | null, spent: readonly Charge[]): number {
  return budget === null ? 0 : Math.max(0, budget.epsilon - composeCharges(spent, budget.delta))
}

/** Whether a further answer stays within the budget. */
export function canAfford(budget: Budget | null, spent: readonly Charge[], charge: Charge): boolean {
  return budget !== null && composeCharges([...spent, charge], budget.delta) <= budget.epsilon * (1 + ROUNDING)
}
