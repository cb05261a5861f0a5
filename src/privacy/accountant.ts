import type { GaussianRounds } from '../vectors/rounds.js'

/** Orders at which the divergence is followed; the best of them tells epsilon. */
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

/** Rényi divergence of one round at an order above 1. */
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

/** ln E[((1 - q) + q dN(1, s) / dN(0, s))^a] under N(0, s) as a binomial sum (section 3.3, whole a). */
function sumMoment(q: number, sigma: number, order: number): number {
  const terms = new Float64Array(order + 1)
  let logChoose = 0
  for (let k = 0; k <= order; k++) {
    terms[k] = logChoose + k * Math.log(q) + (order - k) * Math.log1p(-q) + (k * k - k) / (2 * sigma ** 2)
    logChoose += Math.log((order - k) / (k + 1))
  }
  return logSumExp(terms)
}

/** Points for each standard deviation, and deviations to go on beyond both ends: the error is far below rounding. */
const FINENESS = 16
const REACH = 14

/** The same for any order by the trapezoid rule, which is exact to rounding for so smooth an integrand. */
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

/** How a divergence is told as (epsilon, delta). */
export type Conversion = (divergence: number, order: number, delta: number) => number

/** Canonne, Kamath & Steinke 2020, proposition 12 (as Balle et al. 2020, theorem 21); what is used. */
export const convert: Conversion = (divergence, order, delta) =>
  divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1)

/** Mironov 2017, proposition 3: looser, and what older tables were made by. */
export const convertClassic: Conversion = (divergence, order, delta) => divergence - Math.log(delta) / (order - 1)

/** Epsilon, at a delta in (0, 1), of everything that the parts give away together. Infinity where there is no noise. */
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

/** Noise multipliers are looked for up to here, and so closely. */
const MOST_NOISE = 1e6
const CLOSENESS = 1e-4

/**
 * The least factor of noise, within a ten-thousandth, with which `partsOf` gives away no more than `epsilon` at
 * `delta`. Null where no noise would do: some delta is left over at any.
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
