import { bootstrapMeans, type Interval, type MetricColumn } from '../../metrics/intervals.js'
import { ndcgAt, recallAt, reciprocalRankAt } from '../../metrics/metrics.js'
import type { Measured, Metrics } from './report.js'

/** Mean and interval of a column, by the number that `MetricTable.add` gave. */
export type IntervalOf = (column: number) => Interval

/** Columns of metrics, one entry a question. All are added first and resampled together, on the same draws of users. */
export interface MetricTable {
  /** Adds a column (NaN where the metric is undefined for a question) and gives its number. */
  add(column: MetricColumn): number
  /** Computes means and 95 % bootstrap intervals of all columns. */
  bootstrap(): IntervalOf
}

/** An empty table. `users`: the user of each question; users are resampled, by `seed`. */
export function createMetricTable(users: Int32Array, seed: number): MetricTable {
  const columns: MetricColumn[] = []
  return {
    add: (column) => columns.push(column) - 1,
    bootstrap() {
      const intervals = bootstrapMeans(columns, users, { seed })
      return (column) => intervals[column]
    },
  }
}

const RANK_METRICS = { recall: recallAt, ndcg: ndcgAt, mrr: reciprocalRankAt }
/** With one relevant item a question, the hit rate is the recall. */
const HIT_RATE = 'hit'

/**
 * Adds recall, NDCG and MRR at every cutoff to the table.
 *
 * @param ranks Rank of each question's target, from 0; Infinity: not found.
 * @param mask 1 for the questions that count; without it all do.
 * @returns A function that gives the metrics, hit rates too, from the intervals of the table.
 */
export function addMetrics(
  table: MetricTable,
  ranks: Float64Array,
  cutoffs: readonly number[],
  mask?: Uint8Array,
): (intervalOf: IntervalOf) => Metrics {
  const added = Object.entries(RANK_METRICS).flatMap(([name, metric]) =>
    cutoffs.map((k) => {
      const column = ranks.map((rank, i) => (mask && !mask[i] ? Number.NaN : metric(rank, k)))
      return [`${name}@${k}`, table.add(column)] as const
    }),
  )
  const hits = added
    .filter(([name]) => name.startsWith('recall@'))
    .map(([name, column]) => [name.replace('recall', HIT_RATE), column] as const)
  return (intervalOf) =>
    Object.fromEntries([...added, ...hits].map(([name, column]) => [name, toMeasured(intervalOf(column))]))
}

/** An interval as reports show it. */
export function toMeasured({ mean, low, high }: Interval): Measured {
  return { value: mean, low, high }
}

/** An interval as reports show it; null where the mean is NaN, that is, where nothing was measured. */
export function toMeasuredOrNull(interval: Interval): Measured | null {
  return Number.isNaN(interval.mean) ? null : toMeasured(interval)
}
