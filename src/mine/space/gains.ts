import type { Space } from '../../columns.js'
import type { Modality } from '../../types/items.js'
import { jointDims } from './joint-space.js'

/**
 * Log-likelihood gain of one group of n items whose joint rows (`gatherJoint`) sum to s, against each item on its own:
 * two-covariance PLDA (Ioffe 2006; Brümmer and de Villiers 2010) with diagonal variances b between and w within
 * classes, g(n, s) = sum_d [ -1/2 ln(1 + n b/w) + 1/2 s_d^2 b / (w (w + n b)) ]. Where items have pictures or sounds,
 * the gains of these media are added by their weights, n being the number of items that have one: an item without it
 * adds 0. Tables for each n are computed once and cached with the space.
 */
export interface Gains {
  /** Length of a joint row. */
  dims: number
  /**
   * Factor for thresholds, which were tuned in a space of a certain separation: 1 for a space that separates as well,
   * less for one that separates less, as those of small catalogues do.
   */
  scale: number
  /** Factors of the text part of g for n items. */
  table(n: number): GainTable
  /** One entry for each modality of the space. */
  parts: PartGains[]
}

/** The gains of one modality. */
export interface PartGains {
  name: Modality
  /** Factor for thresholds, as in `Gains`. */
  scale: number
  /** Factors of its part of g for n items. */
  table(n: number): GainTable
  /** Index in a joint row at which its axes begin, and index of the number of items that have it. */
  from: number
  count: number
}

/** Factors of g for one n: g = constant + sum_d factors[d] s_d^2. */
export interface GainTable {
  /** Weight of the space times sum_d -1/2 ln(1 + n b/w). */
  constant: number
  /** Weight of the space times 1/2 b / (w (w + n b)), for each axis. */
  factors: Float64Array
}

/**
 * `separation` of the space in which the thresholds were tuned (12,101 products). Small catalogues have fewer axes and
 * so smaller gains.
 */
const TUNED_SEPARATION = 14
const LEAST_SCALE = 0.05

const cache = new WeakMap<Space, Gains>()

/** The gains of a space; computed once and cached with it. */
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
 * Scale for thresholds between n items with sums a and m items with sums b, beyond the text's `scale`: the sum over
 * modalities of their scale times the shares of items that have one on both sides. Items without a modality therefore
 * face no higher threshold for it. 0 in a catalogue of texts. The sums begin at a[fromA] and b[fromB].
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

/**
 * How well a space separates classes: sum over axes of r^2 / (1 + 2r), r = between / within. This is the mean lead in
 * gain of a pair of one class over a pair of two classes.
 */
export function separation({ dims, between, within }: Omit<Space, 'parts'>): number {
  let sum = 0
  for (let d = 0; d < dims; d++) {
    const ratio = between[d] / within[d]
    sum += (ratio * ratio) / (1 + 2 * ratio)
  }
  return sum
}

/** g(n, s) of a group of n items, with s at sums[from .. from + dims]. */
export function groupGain(gains: Gains, n: number, sums: Float64Array, from = 0): number {
  const gain = tableGain(gains.table(n), sums, from)
  return gains.parts.length === 0 ? gain : gains.parts.reduce((sum, part) => sum + partGain(part, sums, from), gain)
}

/** The part of one modality in g; 0 where none of the items has it. */
export function partGain(part: PartGains, sums: Float64Array, from = 0): number {
  const n = sums[from + part.count]
  return n > 0 ? tableGain(part.table(n), sums, from + part.from) : 0
}

/**
 * g of the union of two groups (`sign` 1), or of group a without its part b (`sign` -1). Sums are at a[fromA ..] and
 * b[fromB ..]; `n` is the number of items of the result.
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

/** The part of one modality in `jointGain`. */
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

/**
 * L = g(a and b) - g(a) - g(b) of two single items, given by their joint rows, for each medium: text first, then
 * `gains.parts`.
 */
export function pairGains(gains: Gains, a: Float64Array, b: Float64Array): number[] {
  const { table } = gains
  const text = jointTableGain(table(2), a, 0, b, 0, 1) - tableGain(table(1), a, 0) - tableGain(table(1), b, 0)
  const ofPart = (part: PartGains) => jointPartGain(part, a, 0, b, 0) - partGain(part, a) - partGain(part, b)
  return [text, ...gains.parts.map(ofPart)]
}

/**
 * Gain of an item z as one more member of a group of n items with sum s, against the item on its own: g(n + 1, s + z) -
 * g(n, s) - g(1, z). `sum` and `z` are joint rows.
 */
export function joinGain(space: Space, n: number, sum: ArrayLike<number>, z: ArrayLike<number>): number {
  const gains = gainsOf(space)
  const s = Float64Array.from(sum)
  const x = Float64Array.from(z)
  return jointGain(gains, n + 1, s, 0, x, 0) - groupGain(gains, n, s) - groupGain(gains, 1, x)
}

/** An item that gains less than this from every cluster is a stray. */
export const STRAY_GAIN = -9
