import type { Space } from '../../columns.js'
import type { Modality } from '../../types/items.js'
import { jointDims } from './joint-space.js'

/**
 * The likelihood model of one group of n items with sum s in z (two-covariance PLDA with diagonal variances):
 * g(n, s) = sum_d [ -1/2 ln(1 + n b/w) + 1/2 s_d^2 b / (w (w + n b)) ], against "each item on its own". Where items have
 * pictures or sounds, the gains of the modalities add up, each by its weight, n being the items that have one: who lacks
 * it adds 0 to it. Sums are of joint rows (see `gatherJoint`). Tables of each n are made once and kept with the space.
 */
export interface Gains {
  /** Numbers of a sum. */
  dims: number
  /** Thresholds are meant for a space that separates like the one they were tuned in; 1 there, less where it is small. */
  scale: number
  /** Of the text. */
  table(n: number): GainTable
  parts: PartGains[]
}

/** The gain of one modality. */
export interface PartGains {
  name: Modality
  scale: number
  table(n: number): GainTable
  /** Where its axes begin in a sum, and where the number of items that have it stands. */
  from: number
  count: number
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
  let from = space.dims
  const dims = jointDims(space)
  const parts = space.parts.map((part, p): PartGains => {
    const own = { name: part.name, ...createTables(part), from, count: dims - space.parts.length + p }
    from += part.dims
    return own
  })
  return { dims, ...createTables(space), parts }
}

function createTables(space: Omit<Space, 'parts'>): Pick<Gains, 'scale' | 'table'> {
  const { dims, between, within, weight } = space
  const tables: GainTable[] = []
  return {
    scale: weight * Math.min(1, Math.max(LEAST_SCALE, separation(space) / TUNED_SEPARATION)),
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
      factors[d] = (weight * between[d]) / (2 * within[d] * (within[d] + n * between[d]))
    }
    return { constant: weight * constant, factors }
  }
}

/**
 * What thresholds between n items with sums a and m items with sums b are scaled by beyond the text's `scale`: what
 * pictures and sounds separate, as far as both sides have them. Who lacks one is not asked for more by it.
 */
export function sharedScale(
  { parts }: Gains,
  n: number,
  a: ArrayLike<number>,
  fromA: number,
  m: number,
  b: ArrayLike<number>,
  fromB: number,
): number {
  let sum = 0
  for (const { scale, count } of parts) sum += (scale * a[fromA + count] * b[fromB + count]) / (n * m)
  return sum
}

/** Sum over axes of r^2 / (1 + 2r), r = between / within. */
export function separation({ dims, between, within }: Omit<Space, 'parts'>): number {
  let sum = 0
  for (let d = 0; d < dims; d++) {
    const ratio = between[d] / within[d]
    sum += (ratio * ratio) / (1 + 2 * ratio)
  }
  return sum
}

/** g(n, s), s at sums[from..from + dims]. */
export function groupGain(gains: Gains, n: number, sums: Float64Array, from = 0): number {
  const gain = tableGain(gains.table(n), sums, from)
  return gains.parts.length === 0 ? gain : gains.parts.reduce((sum, part) => sum + partGain(part, sums, from), gain)
}

/** What one modality has in g: 0 where none of the items has it. */
export function partGain(part: PartGains, sums: Float64Array, from = 0): number {
  const n = sums[from + part.count]
  return n > 0 ? tableGain(part.table(n), sums, from + part.from) : 0
}

/**
 * g of two groups put together (`sign` 1), or of one without a part of it (-1); n is the count that it has then.
 */
export function jointGain(
  gains: Gains,
  n: number,
  a: Float64Array,
  fromA: number,
  b: Float64Array,
  fromB: number,
  sign = 1,
): number {
  const gain = jointTableGain(gains.table(n), a, fromA, b, fromB, sign)
  if (gains.parts.length === 0) return gain
  return gains.parts.reduce((sum, part) => sum + jointPartGain(part, a, fromA, b, fromB, sign), gain)
}

/** What one modality has in `jointGain`. */
export function jointPartGain(
  part: PartGains,
  a: Float64Array,
  fromA: number,
  b: Float64Array,
  fromB: number,
  sign = 1,
): number {
  const n = a[fromA + part.count] + sign * b[fromB + part.count]
  return n > 0 ? jointTableGain(part.table(n), a, fromA + part.from, b, fromB + part.from, sign) : 0
}

function tableGain({ constant, factors }: GainTable, sums: Float64Array, from: number): number {
  const n = factors.length
  let even = constant
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

function jointTableGain(
  { constant, factors }: GainTable,
  a: Float64Array,
  fromA: number,
  b: Float64Array,
  fromB: number,
  sign: number,
): number {
  const n = factors.length
  let even = constant
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

/** L of two single items by each medium, the text first; sums are their joint rows. */
export function pairGains(gains: Gains, a: Float64Array, b: Float64Array): number[] {
  const { table } = gains
  const text = jointTableGain(table(2), a, 0, b, 0, 1) - tableGain(table(1), a, 0) - tableGain(table(1), b, 0)
  const ofPart = (part: PartGains) => jointPartGain(part, a, 0, b, 0) - partGain(part, a) - partGain(part, b)
  return [text, ...gains.parts.map(ofPart)]
}

/** v(x, k) = g(n+1, s+x) - g(n, s) - g(1, x): how much better item z is told as one more of a group than on its own. */
export function joinGain(space: Space, n: number, sum: ArrayLike<number>, z: ArrayLike<number>): number {
  const gains = gainsOf(space)
  const s = Float64Array.from(sum)
  const x = Float64Array.from(z)
  return jointGain(gains, n + 1, s, 0, x, 0) - groupGain(gains, n, s) - groupGain(gains, 1, x)
}
/** An item that gains less than this from every cluster is a stray. */
export const STRAY_GAIN = -9
