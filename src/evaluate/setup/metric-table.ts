import { bootstrapMeans, type Interval, type MetricColumn } from '../../metrics/intervals.js'
import { ndcgAt, recallAt, reciprocalRankAt } from '../../metrics/metrics.js'
import type { Measured, Metrics } from './report.js'

export type IntervalOf = (column: number) => Interval

/** Columns are added first and measured together, so that all intervals rest on the same draws. */
export interface MetricTable {
  add(column: MetricColumn): number
  bootstrap(): IntervalOf
}

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

/** Every metric at every cutoff; where a mask is given, of the questions that it marks. */
export function addMetrics(
  table: MetricTable,
  ranks: Float64Array,
  cutoffs: readonly number[],
  mask?: Uint8Array,
): (take: IntervalOf) => Metrics {
  const added = Object.entries(RANK_METRICS).flatMap(([name, metric]) =>
    cutoffs.map((k) => {
      const column = ranks.map((rank, i) => (mask && !mask[i] ? Number.NaN : metric(rank, k)))
      return [`${name}@${k}`, table.add(column)] as const
    }),
  )
  const hits = added
    .filter(([name]) => name.startsWith('recall@'))
    .map(([name, column]) => [name.replace('recall', HIT_RATE), column] as const)
  return (take) => Object.fromEntries([...added, ...hits].map(([name, column]) => [name, toMeasured(take(column))]))
}

export function toMeasured({ mean, low, high }: Interval): Measured {
  return { value: mean, low, high }
}

/** Null where nothing was measured. */
export function toMeasuredOrNull(interval: Interval): Measured | null {
  return Number.isNaN(interval.mean) ? null : toMeasured(interval)
}
