import { createRandom } from '../random.js'

/** A mean and its 95 % interval. */
export interface Interval {
  mean: number
  low: number
  high: number
}

/** How a bootstrap draws. */
export interface BootstrapOptions {
  /** The same seed draws the same resamples. */
  seed: number
  /** How many resamples are drawn; 1,000 by default. */
  resamples?: number
}

/** A metric of each question: one entry a question, NaN where the metric is not defined for it. */
export type MetricColumn = ArrayLike<number>

/**
 * Means of metric columns over questions, with 95 % percentile bootstrap intervals over users. `users` holds the user
 * of each question. All questions of a user are drawn together, since they are not independent. Users are drawn once a
 * resample for all columns, so intervals of different columns rest on the same draws (Efron and Tibshirani 1993).
 * Returns one interval a column.
 */
export function bootstrapMeans(
  columns: readonly MetricColumn[],
  users: ArrayLike<number>,
  { seed, resamples = 1000 }: BootstrapOptions,
): Interval[] {
  const clusters = numberClusters(users)
  const sums = columns.map((column) => sumClusters(clusters, (i) => (Number.isNaN(column[i]) ? 0 : column[i])))
  const complete = sumClusters(clusters, () => 1)
  const counts = columns.map((column) =>
    Array.prototype.some.call(column, Number.isNaN)
      ? sumClusters(clusters, (i) => (Number.isNaN(column[i]) ? 0 : 1))
      : complete,
  )
  const means = columns.map(() => new Float64Array(resamples))
  const drawn = new Float64Array(clusters.size)
  const random = createRandom(seed)
  for (let b = 0; b < resamples; b++) {
    drawn.fill(0)
    for (let k = 0; k < clusters.size; k++) drawn[random.below(clusters.size)]++
    const all = dot(drawn, complete)
    columns.forEach((_, c) => {
      means[c][b] = dot(drawn, sums[c]) / (counts[c] === complete ? all : dot(drawn, counts[c]))
    })
  }
  return columns.map((_, c) => ({ mean: total(sums[c]) / total(counts[c]), ...percentileInterval(means[c]) }))
}

/**
 * Intervals of the mean differences `ours` - `theirs`, column by column, on the same questions. The comparison is
 * paired, so what makes a question hard for both cancels out. An interval without 0 is a difference at the 5 % level.
 */
export function bootstrapDifferences(
  ours: readonly MetricColumn[],
  theirs: readonly MetricColumn[],
  users: ArrayLike<number>,
  options: BootstrapOptions,
): Interval[] {
  const differences = ours.map((column, c) => Float64Array.from(column, (value, i) => value - theirs[c][i]))
  return bootstrapMeans(differences, users, options)
}

/**
 * Any statistic of questions, with its 95 % percentile bootstrap interval over users. `statisticOf` is given the
 * positions of the drawn questions, with repetition; `mean` of the result is its value over all questions once. Slower
 * than `bootstrapMeans`; for ratios and ranks, which are no means.
 */
export function bootstrapFigure(
  users: ArrayLike<number>,
  statisticOf: (positions: Int32Array) => number,
  { seed, resamples = 1000 }: BootstrapOptions,
): Interval {
  const { of, size } = numberClusters(users)
  const members = Array.from({ length: size }, (): number[] => [])
  of.forEach((cluster, i) => {
    members[cluster].push(i)
  })
  const random = createRandom(seed)
  const values = Float64Array.from({ length: resamples }, () =>
    statisticOf(Int32Array.from(members.flatMap(() => members[random.below(size)]))),
  )
  return { mean: statisticOf(Int32Array.from(of.keys())), ...percentileInterval(values) }
}

/** Entries grouped by label: here, questions by user. */
export interface Clusters {
  /** Cluster of each entry, 0 .. size - 1 in order of appearance. */
  of: Int32Array
  /** How many clusters there are. */
  size: number
}

/** Groups entries by label: equal labels are one cluster. Labels are any numbers. */
export function numberClusters(labels: ArrayLike<number>): Clusters {
  const numbers = new Map<number, number>()
  const of = Int32Array.from(labels, (label) => {
    const number = numbers.get(label) ?? numbers.size
    numbers.set(label, number)
    return number
  })
  return { of, size: numbers.size }
}

function sumClusters({ of, size }: Clusters, valueAt: (question: number) => number): Float64Array {
  const sums = new Float64Array(size)
  for (let i = 0; i < of.length; i++) sums[of[i]] += valueAt(i)
  return sums
}

/** Inner product with four sums: with a single one each addition would wait for the one before. */
function dot(a: Float64Array, b: Float64Array): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < a.length; k += 4) {
    s0 += a[k] * b[k]
    s1 += a[k + 1] * b[k + 1]
    s2 += a[k + 2] * b[k + 2]
    s3 += a[k + 3] * b[k + 3]
  }
  for (; k < a.length; k++) s0 += a[k] * b[k]
  return s0 + s1 + (s2 + s3)
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/**
 * The 2.5 and 97.5 percentiles, linear between neighbours. NaN values (resamples in which nothing was measured) are
 * left out.
 */
function percentileInterval(means: Float64Array): { low: number; high: number } {
  const sorted = means.filter((mean) => !Number.isNaN(mean)).sort()
  const at = (q: number) => {
    const position = q * (sorted.length - 1)
    const below = Math.floor(position)
    const above = Math.min(sorted.length - 1, below + 1)
    return sorted[below] + (position - below) * (sorted[above] - sorted[below])
  }
  return sorted.length > 0 ? { low: at(0.025), high: at(0.975) } : { low: Number.NaN, high: Number.NaN }
}
