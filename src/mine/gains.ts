import type { Space } from '../types.js'

/**
 * The likelihood model of one group of n items with sum s in z (two-covariance PLDA with diagonal variances):
 * g(n, s) = sum_d [ -1/2 ln(1 + n b/w) + 1/2 s_d^2 b / (w (w + n b)) ], against "each item on its own".
 * Tables of each n are made once and kept with the space.
 */
export interface Gains {
  dims: number
  /** Thresholds are meant for a space that separates like the one they were tuned in; 1 there, less where it is small. */
  scale: number
  table(n: number): GainTable
}

export interface GainTable {
  /** sum_d -1/2 ln(1 + n b/w). */
  constant: number
  /** 1/2 b / (w (w + n b)) of each axis. */
  factors: Float64Array
}

/**
 * Sum over axes of r^2 / (1 + 2r), r = b/w, of the space in which the thresholds were tuned (12,101 products): what a
 * pair of one kind is ahead of a pair of two kinds, on average. Small catalogues have fewer axes and so smaller gains.
 */
const TUNED_SEPARATION = 14
const LEAST_SCALE = 0.05

const cache = new WeakMap<Space, Gains>()

export function gainsOf(space: Space): Gains {
  let gains = cache.get(space)
  if (!gains) {
    gains = createGains(space)
    cache.set(space, gains)
  }
  return gains
}

function createGains(space: Space): Gains {
  const { dims, between, within } = space
  const tables: GainTable[] = []
  return {
    dims,
    scale: Math.min(1, Math.max(LEAST_SCALE, separation(space) / TUNED_SEPARATION)),
    table(n) {
      tables[n] ??= createTable(n)
      return tables[n]
    },
  }
  function createTable(n: number): GainTable {
    const factors = new Float64Array(dims)
    let constant = 0
    for (let d = 0; d < dims; d++) {
      constant -= Math.log1p((n * between[d]) / within[d]) / 2
      factors[d] = between[d] / (2 * within[d] * (within[d] + n * between[d]))
    }
    return { constant, factors }
  }
}

/** Sum over axes of r^2 / (1 + 2r), r = between / within. */
export function separation({ dims, between, within }: Space): number {
  let sum = 0
  for (let d = 0; d < dims; d++) {
    const ratio = between[d] / within[d]
    sum += (ratio * ratio) / (1 + 2 * ratio)
  }
  return sum
}

/** g(n, s), s at sums[from..from + dims]. */
export function groupGain(table: GainTable, sums: Float64Array, from = 0): number {
  const { factors } = table
  const n = factors.length
  let even = table.constant
  let odd = 0
  let d = 0
  for (; d + 1 < n; d += 2) {
    const s0 = sums[from + d]
    const s1 = sums[from + d + 1]
    even += s0 * s0 * factors[d]
    odd += s1 * s1 * factors[d + 1]
  }
  if (d < n) even += sums[from + d] * sums[from + d] * factors[d]
  return even + odd
}

/** g of two groups put together (`sign` 1), or of one without a part of it (-1); `table` is that of the count it has then. */
export function jointGain(
  table: GainTable,
  a: Float64Array,
  fromA: number,
  b: Float64Array,
  fromB: number,
  sign = 1,
): number {
  const { factors } = table
  const n = factors.length
  let even = table.constant
  let odd = 0
  let d = 0
  for (; d + 1 < n; d += 2) {
    const s0 = a[fromA + d] + sign * b[fromB + d]
    const s1 = a[fromA + d + 1] + sign * b[fromB + d + 1]
    even += s0 * s0 * factors[d]
    odd += s1 * s1 * factors[d + 1]
  }
  if (d < n) {
    const s0 = a[fromA + d] + sign * b[fromB + d]
    even += s0 * s0 * factors[d]
  }
  return even + odd
}

/** v(x, k) = g(n+1, s+x) - g(n, s) - g(1, x): how much better item z is told as one more of a group than on its own. */
export function joinGain(space: Space, n: number, sum: ArrayLike<number>, z: ArrayLike<number>): number {
  const gains = gainsOf(space)
  const s = Float64Array.from(sum)
  const x = Float64Array.from(z)
  return jointGain(gains.table(n + 1), s, 0, x, 0) - groupGain(gains.table(n), s) - groupGain(gains.table(1), x)
}
