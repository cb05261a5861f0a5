/**
 * The public entry `interest-mine/evaluate`: evaluations of the ranking, of interests and of explanations, and the pure
 * functions that they are computed with (metrics, bootstrap intervals, splits, baselines, clusterings).
 */

export {
  type BootstrapOptions,
  bootstrapDifferences,
  bootstrapFigure,
  bootstrapMeans,
  type Interval,
  type MetricColumn,
} from '../metrics/intervals.js'
export { CUTOFFS, type Excluded, ndcgAt, rankOf, recallAt, reciprocalRankAt } from '../metrics/metrics.js'
export {
  areaUnderCurve,
  constantLogLoss,
  logLoss,
  type Reliability,
  type ReliabilityRow,
  reliabilityTable,
} from '../metrics/reliability.js'
export type { Fitted, ScoreBlock, TrainingData } from './baselines/baseline.js'
export { BASELINES, type Baseline, idOf } from './baselines/index.js'
export { evaluate, evaluateFaithfulness, evaluateInterests } from './evaluate.js'
export type { ExplainerReport, FaithfulnessReport } from './faithfulness/report.js'
export { adjustedMutualInformation } from './interests/agreement.js'
export { hdbscan } from './interests/hdbscan.js'
export { PEERS, type Peer } from './interests/peers.js'
export type * from './interests/report.js'
export {
  gatherPositives,
  type LeaveOneOut,
  type Question,
  splitByTime,
  splitLeaveOneOut,
  type TimedQuestion,
  type TimeSplit,
} from './questions/split.js'
export { shuffleTies } from './questions/ties.js'
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
} from './ranking/list-metrics.js'
export type {
  EvaluateOptions,
  EvaluateSettings,
  FaithfulnessSettings,
  InterestsSettings,
  RowOptions,
} from './setup/options.js'
export type * from './setup/report.js'
