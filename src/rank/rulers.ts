import type { Bound } from '../vectors/minimise.js'
import { COLUMN_OF, FEATURE_COUNT, FEATURE_ENTRIES, type Feature, featureEntry } from './features.js'
import type { ScorerTerm } from './scorer.js'

/** Quantiles that knots are placed on. */
const KNOTS = 16
/** Values that quantiles are computed from, at most. */
const QUANTILE_SAMPLE = 100_000

/** How the values of a feature are transformed before weights are fitted: its scale, standardisation and knots. */
export interface Ruler {
  feature: Feature
  /** Bound of its weights: 1 not below 0, -1 not above 0, 0 none. */
  sign: Bound
  /** Values are transformed to ln(1 + x / scale); null: they are not transformed. */
  scale: number | null
  /** Mean and standard deviation of the transformed values. */
  mean: number
  deviation: number
  /** Knots of the piecewise linear part: two at least, ascending, on raw values. */
  knots: Float64Array
  /** Whether some rows may lack the feature. What it adds there is learnt too. */
  partial: boolean
}

/** One feature of all rows of a table of values, transformed by its ruler; one entry a row. */
export interface RulerColumn {
  /** Standardised value, 0 where it is unknown. */
  z: Float32Array
  /** Index of the knot below the value; UNKNOWN where there is no value. */
  bins: Uint8Array
  /** How far the value is from that knot to the next, 0..1. */
  shares: Float32Array
}

/** Entry of `RulerColumn.bins` where a row lacks the feature. */
export const UNKNOWN = 255

/**
 * Makes the ruler of a feature from a table of values. Knots are 16 quantiles of the values; where more than 2 % of the
 * values are 0, quantiles of the others, and 0. Null where all values are equal or unknown: then nothing can be learnt
 * of the feature.
 */
export function measureRuler(values: Float32Array, feature: Feature, sign: Bound): Ruler | null {
  const x = columnOf(values, feature)
  const known = x.filter((value) => !Number.isNaN(value))
  const other = known.filter((value) => value !== 0).sort()
  const zeros = known.length - other.length
  if (other.length === 0) return null
  const scale = featureEntry(feature).sparse ? other[other.length >> 1] : null
  const transform = (value: number) => (scale === null ? value : Math.log1p(value / scale))
  let mean = 0
  for (const value of known) mean += transform(value) / known.length
  let variance = 0
  for (const value of known) variance += (transform(value) - mean) ** 2 / known.length
  if (variance < 1e-12) return null
  const knots = placeKnots(zeros > 0.02 * known.length ? other : known.sort(), zeros > 0.02 * known.length)
  if (knots.length < 2) return null
  const partial = known.length < x.length
  return { feature, sign, scale, mean, deviation: Math.sqrt(variance), knots, partial }
}

function columnOf(values: Float32Array, feature: Feature): Float64Array {
  const column = COLUMN_OF[feature]
  return Float64Array.from({ length: values.length / FEATURE_COUNT }, (_, row) => values[row * FEATURE_COUNT + column])
}

function placeKnots(sorted: Float64Array, withZero: boolean): Float64Array {
  const step = Math.max(1, Math.floor(sorted.length / QUANTILE_SAMPLE))
  const sample = sorted.filter((_, i) => i % step === 0)
  const at = (q: number) => sample[Math.min(sample.length - 1, Math.round(q * (sample.length - 1)))]
  const quantiles = Array.from({ length: KNOTS }, (_, k) => at(k / (KNOTS - 1)))
  return Float64Array.from(new Set(withZero ? [0, ...quantiles] : quantiles)).sort()
}

/** Transforms one feature of a table of values by its ruler. */
export function readColumn(values: Float32Array, { feature, scale, mean, deviation, knots }: Ruler): RulerColumn {
  const x = columnOf(values, feature)
  const rows = x.length
  const bins = new Uint8Array(rows)
  const shares = new Float32Array(rows)
  const z = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(x[row])) {
      bins[row] = UNKNOWN
      continue
    }
    z[row] = ((scale === null ? x[row] : Math.log1p(x[row] / scale)) - mean) / deviation
    let bin = 0
    while (bin < knots.length - 2 && x[row] >= knots[bin + 1]) bin++
    bins[row] = bin
    shares[row] = Math.min(1, Math.max(0, (x[row] - knots[bin]) / (knots[bin + 1] - knots[bin])))
  }
  return { z, bins, shares }
}

/**
 * Height at each knot from the increments between neighbouring knots; 0 at the first. One number more than there are.
 */
export function stepsOf(increments: Float64Array): Float64Array {
  const steps = new Float64Array(increments.length + 1)
  for (let k = 0; k < increments.length; k++) steps[k + 1] = steps[k] + increments[k]
  return steps
}

/**
 * Makes a term of the scorer from fitted variables. `part`: the weight of the standardised value, the increments
 * between knots, and what is added where the value is unknown. Contributions are shifted by a constant, so that an
 * unknown value adds 0; where no row lacks the feature, its mean (`aroundMean`) or the value 0 does.
 */
export function termOf({ feature, scale, mean, deviation, knots, partial }: Ruler, part: Float64Array): ScorerTerm {
  const weight = part[0] / deviation
  const steps = stepsOf(part.subarray(1, knots.length))
  const atMean = -weight * mean
  const shift = partial
    ? atMean - part[knots.length]
    : featureEntry(feature).aroundMean
      ? atMean - stepAt(knots, steps, mean)
      : -stepAt(knots, steps, 0)
  return {
    feature,
    weight,
    ...(scale === null ? {} : { scale }),
    knots: Array.from(knots),
    steps: Array.from(steps, (step) => step + shift),
    ...(featureEntry(feature).held ? { held: true as const } : {}),
  }
}

/** Height at x: linear between knots, flat outside. */
function stepAt(knots: Float64Array, steps: Float64Array, x: number): number {
  if (x <= knots[0]) return steps[0]
  let k = 1
  while (k < knots.length - 1 && knots[k] < x) k++
  return steps[k - 1] + Math.min(1, (x - knots[k - 1]) / (knots[k] - knots[k - 1])) * (steps[k] - steps[k - 1])
}

/**
 * The rulers of private training, which may not look at values to place knots. Scales, means and deviations are round
 * numbers of what was measured on public data sets; they need to fit only roughly. One for each learnt feature.
 */
export const FIXED_RULERS: readonly Ruler[] = FEATURE_ENTRIES.flatMap(({ name, sign, ruler }) => {
  if (sign === null || !ruler) return []
  const { knots, mean, deviation, scale = null, partial = false } = ruler
  return [{ feature: name, sign, scale, mean, deviation, knots: Float64Array.from(knots), partial }]
})
