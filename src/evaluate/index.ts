/** `interest-mine/evaluate`: how good the lists are, and the pure parts it is told with. */

export type { Fitted, ScoreBlock, TrainingData } from './baselines/baseline.js'
export { BASELINES, type Baseline, idOf } from './baselines/index.js'
export { evaluate } from './evaluate.js'
export {
  type BootstrapOptions,
  bootstrapDifferences,
  bootstrapMeans,
  type Interval,
  type MetricColumn,
} from './intervals.js'
export {
  catalogueCoverage,
  countExposures,
  giniOf,
  intraListDiversity,
  meanPopularity,
  miscalibration,
  noveltyOf,
  popularityLift,
  sharesOf,
} from './list-metrics.js'
export { CUTOFFS, type Excluded, ndcgAt, rankOf, recallAt, reciprocalRankAt } from './metrics.js'
export type { EvaluateOptions, EvaluateSettings } from './options.js'
export { constantLogLoss, logLoss, type Reliability, type ReliabilityRow, reliabilityTable } from './reliability.js'
export type * from './report.js'
export {
  gatherPositives,
  type LeaveOneOut,
  type Question,
  splitByTime,
  splitLeaveOneOut,
  type TimedQuestion,
  type TimeSplit,
} from './split.js'
export { shuffleTies } from './ties.js'
