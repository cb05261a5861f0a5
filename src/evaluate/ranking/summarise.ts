import { CANDIDATE_SOURCES } from '../../columns.js'
import { CUTOFFS, ndcgAt } from '../../metrics/metrics.js'
import { entropyOf, reliabilityTable } from '../../metrics/reliability.js'
import {
  addMetrics,
  createMetricTable,
  type IntervalOf,
  type MetricTable,
  toMeasured,
  toMeasuredOrNull,
} from '../setup/metric-table.js'
import type { BaselineReport, EvaluateReport, ListTraits, Slice } from '../setup/report.js'
import { catalogueCoverage, countExposures, giniOf } from './list-metrics.js'
import { type ListColumns, type Predictions, targetRanks } from './predict.js'

/** All that is summarised in a report; columns have one entry a question. Input of the task `summarise`. */
export interface RankingResults {
  /** User of each question. */
  users: Int32Array
  /** Row of each question's target. */
  targets: Int32Array
  predictions: Predictions
  /** Places of a list. */
  places: number
  /** Ranks of the targets by each baseline; null, and the reason, where it could not run. */
  baselines: { id: string; name: string; source: string; ranks: Float64Array | null; reason: string | null }[]
  /** By name of the slice: 1 where a question belongs to it. */
  slices: Record<string, Uint8Array>
  /** Row -> 1 where it may not be recommended. */
  removed: Uint8Array
  /** Of the bootstrap. */
  seed: number
  /** Of the list as served. */
  diversity: number
  /** Whether scores are probabilities. */
  calibrated: boolean
}

/** The part of the report that follows from `RankingResults`. */
export type RankingSummary = Pick<
  EvaluateReport,
  | 'users'
  | 'questions'
  | 'metrics'
  | 'served'
  | 'byScore'
  | 'variety'
  | 'baselines'
  | 'candidates'
  | 'calibration'
  | 'slices'
>

const SLICE_CUTOFFS = [10]

/**
 * Computes the metrics of a report: means with intervals, traits of lists, baselines, candidates, calibration and
 * slices. Pure. Takes some seconds for many users, so it runs on a thread.
 */
export function summariseRanking(results: RankingResults): RankingSummary {
  const { users, targets, predictions, baselines, slices, seed, places } = results
  const { ranks, sources, candidates, byScore, served } = predictions
  const table = createMetricTable(users, seed)
  const metrics = addMetrics(table, ranks, CUTOFFS)
  const shorter = CUTOFFS.filter((k) => k <= places)
  const servedPlaces = targetRanks(served, targets)
  const servedMetrics = addMetrics(table, servedPlaces, shorter)
  const ndcg = ranks.map((rank) => ndcgAt(rank, 10))
  const minus = (other: ArrayLike<number>) => ndcg.map((value, i) => value - other[i])
  const traits = [byScore, served].map((columns) => addTraits(table, columns, results))
  const variety = {
    ndcg: table.add(servedPlaces.map((place, i) => ndcgAt(place, 10) - ndcg[i])),
    interestKl: table.add(served.interestKl.map((kl, i) => kl - byScore.interestKl[i])),
  }
  const compared = baselines.map(({ id, ranks: theirs, ...rest }) => ({
    id,
    rest,
    metrics: theirs && addMetrics(table, theirs, CUTOFFS),
    difference: theirs && table.add(minus(theirs.map((rank) => ndcgAt(rank, 10)))),
  }))
  const textRanks = baselines.find(({ id }) => id === 'text-knn')?.ranks
  const sliced = Object.entries(slices).map(([name, mask]) => {
    const questions = mask.reduce((n, one) => n + one, 0)
    const addSlice = (theirs: Float64Array | null | undefined) =>
      theirs && questions > 0 ? addMetrics(table, theirs, SLICE_CUTOFFS, mask) : null
    return { name, questions, metrics: addSlice(ranks), textKnn: addSlice(textRanks) }
  })
  const recall = table.add(ranks.map((rank) => Number(rank < Infinity)))
  const intervalOf = table.bootstrap()

  const reliability = reliabilityTable(served.scores, hitsOf(served, targets))
  const all = candidates.reduce((sum, n) => sum + n, 0)
  const found = ranks.reduce((sum, rank) => sum + Number(rank < Infinity), 0)
  return {
    users: new Set(users).size,
    questions: users.length,
    metrics: metrics(intervalOf),
    served: { diversity: results.diversity, metrics: servedMetrics(intervalOf), traits: traits[1](intervalOf) },
    byScore: { traits: traits[0](intervalOf) },
    variety: {
      'ndcg@10': toMeasured(intervalOf(variety.ndcg)),
      interestKl: toMeasuredOrNull(intervalOf(variety.interestKl)),
    },
    baselines: Object.fromEntries(
      compared.map(({ id, rest, metrics: theirs, difference }): [string, BaselineReport] => [
        id,
        {
          name: rest.name,
          source: rest.source,
          metrics: theirs?.(intervalOf) ?? null,
          reason: rest.reason,
          difference: difference === null ? null : { 'ndcg@10': toMeasured(intervalOf(difference)) },
        },
      ]),
    ),
    candidates: { mean: all / users.length, recall: toMeasured(intervalOf(recall)), bySource: reportSources(sources) },
    calibration: {
      calibrated: results.calibrated,
      ece: reliability.ece,
      bins: reliability.rows,
      logLoss: { value: predictions.loss.reduce((sum, loss) => sum + loss, 0) / all, constant: entropyOf(found / all) },
    },
    slices: Object.fromEntries(
      sliced.map(({ name, questions, metrics: ours, textKnn }): [string, Slice] => [
        name,
        { questions, metrics: ours?.(intervalOf) ?? null, textKnn: textKnn?.(intervalOf) ?? null },
      ]),
    ),
  }
}

function addTraits(
  table: MetricTable,
  columns: ListColumns,
  { removed }: RankingResults,
): (intervalOf: IntervalOf) => ListTraits {
  const { lists } = columns
  const exposures = countExposures(lists, removed.length).filter((_, row) => !removed[row])
  const added = {
    diversity: table.add(columns.diversity),
    novelty: table.add(columns.novelty),
    popularityBias: table.add(columns.popularityBias),
    interestKl: table.add(columns.interestKl),
  }
  return (intervalOf) => ({
    coverage: catalogueCoverage(lists, exposures.length),
    gini: giniOf(exposures),
    diversity: toMeasuredOrNull(intervalOf(added.diversity)),
    novelty: toMeasuredOrNull(intervalOf(added.novelty)),
    popularityBias: toMeasuredOrNull(intervalOf(added.popularityBias)),
    interestKl: toMeasuredOrNull(intervalOf(added.interestKl)),
  })
}

/** 1 for each place that holds its question's target, parallel to `lists.values`. */
function hitsOf({ lists }: ListColumns, targets: Int32Array): Uint8Array {
  const hits = new Uint8Array(lists.values.length)
  targets.forEach((target, i) => {
    for (let at = lists.offsets[i]; at < lists.offsets[i + 1]; at++) hits[at] = Number(lists.values[at] === target)
  })
  return hits
}

function reportSources(sources: Uint16Array): EvaluateReport['candidates']['bySource'] {
  const share = (test: (bits: number) => boolean) =>
    sources.reduce((n, bits) => n + Number(test(bits)), 0) / sources.length
  const report: EvaluateReport['candidates']['bySource'] = {}
  CANDIDATE_SOURCES.forEach((source, i) => {
    const found = share((bits) => (bits & (1 << i)) !== 0)
    if (found > 0) report[source] = { found, only: share((bits) => bits === 1 << i) }
  })
  return report
}
