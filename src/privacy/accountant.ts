import type { GaussianRounds } from '../vectors/rounds.js'

/** Orders at which the Rényi divergence is computed; the one that gives the smallest epsilon is used. */
export const ORDERS: readonly number[] = [
  ...Array.from({ length: 99 }, (_, k) => 1 + (k + 1) / 10),
  ...Array.from({ length: 53 }, (_, k) => 11 + k),
  80,
  96,
  128,
  192,
  256,
  512,
]

/**
 * Rényi divergence of one round of the subsampled Gaussian mechanism at an order above 1 (Mironov, Talwar and Zhang
 * 2019, "Rényi Differential Privacy of the Sampled Gaussian Mechanism"). Infinity where there is no noise.
 */
export function renyiOf(
  { noiseMultiplier: sigma, sampleRate: q }: Omit<GaussianRounds, 'steps'>,
  order: number,
): number {
  if (q === 0) return 0
  if (sigma === 0) return Infinity
  if (q === 1) return order / (2 * sigma ** 2)
  const moment = Number.isInteger(order) ? sumMoment(q, sigma, order) : integrateMoment(q, sigma, order)
  return Math.max(0, moment / (order - 1))
}

/**
 * ln E[((1 - q) + q dN(1, s) / dN(0, s))^a] under N(0, s), as a binomial sum for whole a (section 3.3 of that paper).
 */
function sumMoment(q: number, sigma: number, order: number): number {
  const terms = new Float64Array(order + 1)
  let logChoose = 0
  for (let k = 0; k <= order; k++) {
    terms[k] = logChoose + k * Math.log(q) + (order - k) * Math.log1p(-q) + (k * k - k) / (2 * sigma ** 2)
    logChoose += Math.log((order - k) / (k + 1))
  }
  return logSumExp(terms)
}

/** Points of the integral for each standard deviation. */
const FINENESS = 16
/** Standard deviations to go on beyond both ends; what is left out is far below rounding. */
const REACH = 14

/** The same for any order, by the trapezoid rule, which is exact to rounding for so smooth an integrand. */
function integrateMoment(q: number, sigma: number, order: number): number {
  const step = sigma / FINENESS
  // The integrand is a Gaussian around 0 below 1/2 and at most one around the order above.
  const from = -REACH * sigma
  const count = Math.ceil((order + 2 * REACH * sigma) / step)
  const terms = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const z = from + i * step
    const ratio = (2 * z - 1) / (2 * sigma ** 2)
    const mixed = logSumExp([Math.log1p(-q), Math.log(q) + ratio])
    terms[i] = order * mixed - z ** 2 / (2 * sigma ** 2)
  }
  return logSumExp(terms) + Math.log(step) - Math.log(sigma * Math.sqrt(2 * Math.PI))
}

function logSumExp(terms: ArrayLike<number>): number {
  let most = -Infinity
  for (let i = 0; i < terms.length; i++) most = Math.max(most, terms[i])
  let sum = 0
  for (let i = 0; i < terms.length; i++) sum += Math.exp(terms[i] - most)
  return most + Math.log(sum)
}

/** Epsilon, at a delta, that follows from a Rényi divergence at an order. */
export type Conversion = (divergence: number, order: number, delta: number) => number

/**
 * The conversion that is used: Canonne, Kamath and Steinke 2020, proposition 12 (also Balle et al. 2020, theorem 21).
 */
export const convert: Conversion = (divergence, order, delta) =>
  divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1)

/** The conversion of Mironov 2017, proposition 3: looser; older tables were made with it. */
export const convertClassic: Conversion = (divergence, order, delta) => divergence - Math.log(delta) / (order - 1)

/** Epsilon, at a delta in (0, 1), of all parts together. Infinity where a part has no noise. */
export function spentEpsilon(
  parts: readonly GaussianRounds[],
  delta: number,
  conversion: Conversion = convert,
): number {
  let least = Infinity
  for (const order of ORDERS) {
    const divergence = parts.reduce((sum, part) => sum + part.steps * renyiOf(part, order), 0)
    least = Math.min(least, Math.max(0, conversion(divergence, order, delta)))
  }
  return least
}

/** Largest noise factor that is tried. */
const MOST_NOISE = 1e6
/** Relative precision of the factor that is found. */
const CLOSENESS = 1e-4

/**
 * The smallest noise factor, to a ten-thousandth, with which the rounds of `partsOf` together have at most `epsilon` at
 * `delta`. Null where no amount of noise is enough.
 */
export function findNoise(
  partsOf: (factor: number) => readonly GaussianRounds[],
  epsilon: number,
  delta: number,
): number | null {
  const isEnough = (factor: number) => spentEpsilon(partsOf(factor), delta) <= epsilon
  let high = 1
  while (!isEnough(high)) {
    high *= 2
    if (high > MOST_NOISE) return null
  }
  let low = 0
  while (high - low > CLOSENESS * high) {
    const middle = (low + high) / 2
    if (isEnough(middle)) high = middle
    else low = middle
  }
  return high
}
