import type { FeatureShape } from '../types/reports.js'
import { FEATURE_COUNT, FEATURES, type Feature, featureEntry } from './features.js'
import { contributionOf, type Scorer, type ScorerTerm } from './scorer.js'

/** Candidates that a shape is computed from, at most. */
const SAMPLE = 100_000
/** Bins of a histogram. */
const BINS = 24
/** Intervals between the points of a curve; knots are added as further points. */
const POINTS = 24
/** Share of the candidates that is cut off at each end: one outlier would squeeze the plot together. */
const TAIL_SHARE = 0.001

/**
 * The curve of each feature (what it contributes over its value) and the distribution of its values, for plots.
 * `values`: features of candidates, FEATURE_COUNT numbers a row. One shape for each of FEATURES, in their order; no
 * points where the scorer has no term for the feature.
 */
export function drawShapes(scorer: Scorer, values: Float32Array): FeatureShape[] {
  const rows = values.length / FEATURE_COUNT
  const stride = Math.max(1, Math.ceil(rows / SAMPLE))
  return FEATURES.map((feature, column) => {
    const sample = Float64Array.from({ length: Math.ceil(rows / stride) }, (_, i) => {
      return values[i * stride * FEATURE_COUNT + column]
    })
    return drawShape(
      feature,
      scorer.terms.find((term) => term.feature === feature),
      sample,
    )
  })
}

function drawShape(feature: Feature, term: ScorerTerm | undefined, sample: Float64Array): FeatureShape {
  const known = sample.filter((x) => !Number.isNaN(x)).sort()
  const scale = term?.scale ?? null
  const read = (x: number) => (scale === null ? x : Math.log1p(Math.max(0, x) / scale))
  const invert = (t: number) => (scale === null ? t : scale * Math.expm1(t))
  const [low, high] = reachOf(feature, known)
  const between = (count: number) =>
    Array.from({ length: count + 1 }, (_, k) => {
      // The ends are taken as they are: transformed and transformed back they might differ in the last digit.
      if (k === 0 || k === count) return k === 0 ? low : high
      return invert(read(low) + (k / count) * (read(high) - read(low)))
    })
  const edges = between(BINS)
  const histogram = edges.slice(1).map((to, k) => ({ from: edges[k], to, count: 0 }))
  for (const x of known) {
    if (x < low || x > high) continue
    const share = high > low ? (read(x) - read(low)) / (read(high) - read(low)) : 0
    histogram[Math.min(BINS - 1, Math.floor(share * BINS))].count++
  }
  const knots = (term?.knots ?? []).filter((x) => x > low && x < high)
  const at = term ? [...new Set([...between(POINTS), ...knots])].sort((a, b) => a - b) : []
  return {
    feature,
    direction: featureEntry(feature).sign,
    scale,
    points: at.map((value) => ({ value, contribution: term ? contributionOf(term, value) : 0 })),
    histogram,
    unknown: sample.length > 0 ? 1 - known.length / sample.length : 0,
    spread: term ? deviationOf(sample, (x) => (Number.isNaN(x) ? 0 : contributionOf(term, x))) : 0,
  }
}

/**
 * Range of a plot: where nearly all of the sorted values lie. Where all are equal, the range that the feature can have,
 * or one that holds 0 and the value.
 */
function reachOf(feature: Feature, sorted: Float64Array): [low: number, high: number] {
  const last = sorted.length - 1
  const low = sorted[Math.floor(TAIL_SHARE * last)] ?? 0
  const high = sorted[Math.ceil((1 - TAIL_SHARE) * last)] ?? 0
  if (low < high) return [low, high]
  if (sorted[0] < sorted[last]) return [sorted[0], sorted[last]]
  const [from, to] = featureEntry(feature).reach ?? [Math.min(0, low), Math.max(low, 0) || 1]
  return [from, to]
}

/** Standard deviation of read(x) over the sample. */
function deviationOf(sample: Float64Array, read: (x: number) => number): number {
  let sum = 0
  let squares = 0
  for (const x of sample) {
    const y = read(x)
    sum += y
    squares += y * y
  }
  const n = Math.max(1, sample.length)
  return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2))
}
