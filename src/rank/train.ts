import { type Bound, minimise } from '../vectors/minimise.js'
import { FEATURE_COUNT, FEATURES, type Feature } from './features.js'
import type { ScorerTerm } from './scorer.js'

/**
 * Lists to learn from: the features of each list's items, its target first. `logWeights`: ln(candidates / items shown)
 * for sampled negatives, 0 for the target.
 */
export interface TrainingLists {
  /** Row after row, FEATURE_COUNT numbers each. */
  values: Float32Array
  /** List i is rows offsets[i] .. offsets[i + 1]. */
  offsets: Uint32Array
  logWeights: Float32Array
}

/** How a feature may speak: 1 only for, -1 only against, 0 either way. Those left out are set by hand. */
export const FEATURE_SIGNS: Partial<Record<Feature, Bound>> = {
  covisit: 1,
  covisit_last: 1,
  text_covisit: 1,
  covisit_text: 1,
  covisit_twice: 1,
  adapter: 1,
  text_last: 1,
  text_best: 1,
  image_last: 1,
  image_best: 1,
  audio_last: 1,
  audio_best: 1,
  brand: 1,
  category: 1,
  brand_next: 1,
  category_next: 1,
  price_gap: -1,
  popularity: 0,
  unseen: 0,
  brand_popularity: 0,
  recent: 0,
  idle: 0,
  age: 0,
}

/** docs/scoring.md, "Scorer": knots, and what keeps weights and steps small. */
const KNOTS = 16
const STEP_PENALTY = 30
const WEIGHT_PENALTY = 3
/** Looks at the objective: about one each. */
export const ITERATIONS = 100
/** Quantiles are told from at most so many values. */
const QUANTILE_SAMPLE = 100_000

/** Mostly 0, and over orders of magnitude where not: read as ln(1 + x / median of what is not 0). */
const SPARSE: ReadonlySet<Feature> = new Set<Feature>([
  'covisit',
  'covisit_last',
  'text_covisit',
  'covisit_text',
  'covisit_twice',
  'brand_next',
  'category_next',
])

/** 0 says nothing of these: they speak by how far they are from the usual. */
const AROUND_MEAN: ReadonlySet<Feature> = new Set<Feature>([
  'price_gap',
  'adapter',
  'popularity',
  'brand_popularity',
  'recent',
  'idle',
  'age',
])

interface Prepared {
  feature: Feature
  sign: Bound
  scale: number | null
  mean: number
  deviation: number
  knots: Float64Array
  /** Whether some rows lack it: what it says there is learnt too. */
  partial: boolean
  /** Standardised value, knot below (255: unknown) and share of the way to the next, one entry a row. */
  z: Float32Array
  bins: Uint8Array
  shares: Float32Array
}

/**
 * Fits score = sum over features of w z + s(x): z the standardised value, s piecewise linear on {0} and 16 quantiles,
 * each monotone by sign, so that an explanation never says that a co-visit speaks against. Softmax cross-entropy over
 * each list plus 15 sum d^2 + 1.5 sum w^2, d the increments of s. Returns terms whose contributions are 0 where a
 * feature is unknown; where none lacks it, at 0 or, of those that speak by how far they are from the usual, at the mean.
 * `step` is called before each look at the objective; what it throws ends the work.
 */
export function fitTerms(lists: TrainingLists, step: () => void = () => undefined): ScorerTerm[] {
  const features = (Object.keys(FEATURE_SIGNS) as Feature[])
    .map((feature) => prepare(lists, feature))
    .filter((one) => one !== null)
  const bounds: Bound[] = []
  for (const { sign, knots } of features) bounds.push(...Array<Bound>(knots.length).fill(sign), 0)
  const objective = (x: Float64Array, gradient: Float64Array) => {
    step()
    return evaluate(lists, features, x, gradient)
  }
  const found = minimise(objective, bounds, { iterations: ITERATIONS })
  let from = 0
  return features.map((one) => {
    const part = found.subarray(from, from + one.knots.length + 1)
    from += one.knots.length + 1
    return termOf(one, part)
  })
}

/** Null where the feature is the same everywhere: nothing can be learnt of it. */
function prepare({ values, offsets }: TrainingLists, feature: Feature): Prepared | null {
  const column = FEATURES.indexOf(feature)
  const rows = offsets[offsets.length - 1]
  const x = Float64Array.from({ length: rows }, (_, row) => values[row * FEATURE_COUNT + column])
  const known = x.filter((value) => !Number.isNaN(value))
  const other = known.filter((value) => value !== 0).sort()
  const zeros = known.length - other.length
  if (other.length === 0) return null
  const scale = SPARSE.has(feature) ? other[other.length >> 1] : null
  const transform = (value: number) => (scale === null ? value : Math.log1p(value / scale))
  let mean = 0
  for (const value of known) mean += transform(value) / known.length
  let variance = 0
  for (const value of known) variance += (transform(value) - mean) ** 2 / known.length
  if (variance < 1e-12) return null
  const deviation = Math.sqrt(variance)
  const knots = placeKnots(zeros > 0.02 * known.length ? other : known.sort(), zeros > 0.02 * known.length)
  if (knots.length < 2) return null
  const bins = new Uint8Array(rows)
  const shares = new Float32Array(rows)
  const z = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(x[row])) {
      bins[row] = UNKNOWN
      continue
    }
    z[row] = (transform(x[row]) - mean) / deviation
    let bin = 0
    while (bin < knots.length - 2 && x[row] >= knots[bin + 1]) bin++
    bins[row] = bin
    shares[row] = Math.min(1, Math.max(0, (x[row] - knots[bin]) / (knots[bin + 1] - knots[bin])))
  }
  const partial = known.length < rows
  return { feature, sign: FEATURE_SIGNS[feature]!, scale, mean, deviation, knots, partial, z, bins, shares }
}

const UNKNOWN = 255

function placeKnots(sorted: Float64Array, withZero: boolean): Float64Array {
  const step = Math.max(1, Math.floor(sorted.length / QUANTILE_SAMPLE))
  const sample = sorted.filter((_, i) => i % step === 0)
  const at = (q: number) => sample[Math.min(sample.length - 1, Math.round(q * (sample.length - 1)))]
  const quantiles = Array.from({ length: KNOTS }, (_, k) => at(k / (KNOTS - 1)))
  return Float64Array.from(new Set(withZero ? [0, ...quantiles] : quantiles)).sort()
}

/** Variables: for each feature w, the increments between its knots, and what it says where it is unknown. */
function evaluate(
  { offsets, logWeights }: TrainingLists,
  features: Prepared[],
  x: Float64Array,
  gradient: Float64Array,
): number {
  const rows = logWeights.length
  const scores = new Float64Array(rows)
  gradient.fill(0)
  let value = 0
  let from = 0
  for (const { z, bins, shares, knots } of features) {
    const steps = stepsOf(x.subarray(from + 1, from + knots.length))
    for (let row = 0; row < rows; row++) {
      const bin = bins[row]
      if (bin === UNKNOWN) {
        scores[row] += x[from + knots.length]
        continue
      }
      scores[row] += x[from] * z[row] + steps[bin] + shares[row] * (steps[bin + 1] - steps[bin])
    }
    value += (WEIGHT_PENALTY / 2) * x[from] ** 2
    gradient[from] += WEIGHT_PENALTY * x[from]
    for (let k = 1; k < knots.length; k++) {
      value += (STEP_PENALTY / 2) * x[from + k] ** 2
      gradient[from + k] += STEP_PENALTY * x[from + k]
    }
    value += (WEIGHT_PENALTY / 2) * x[from + knots.length] ** 2
    gradient[from + knots.length] += WEIGHT_PENALTY * x[from + knots.length]
    from += knots.length + 1
  }
  value += crossEntropy(offsets, logWeights, scores)
  from = 0
  for (const { z, bins, shares, knots } of features) {
    const sums = new Float64Array(knots.length)
    let linear = 0
    let unknown = 0
    for (let row = 0; row < rows; row++) {
      const bin = bins[row]
      if (bin === UNKNOWN) {
        unknown += scores[row]
        continue
      }
      linear += scores[row] * z[row]
      sums[bin] += scores[row] * (1 - shares[row])
      sums[bin + 1] += scores[row] * shares[row]
    }
    gradient[from] += linear
    gradient[from + knots.length] += unknown
    // An increment lifts every step behind it.
    for (let k = knots.length - 1, behind = 0; k >= 1; k--) {
      behind += sums[k]
      gradient[from + k] += behind
    }
    from += knots.length + 1
  }
  return value
}

function stepsOf(increments: Float64Array): Float64Array {
  const steps = new Float64Array(increments.length + 1)
  for (let k = 0; k < increments.length; k++) steps[k + 1] = steps[k] + increments[k]
  return steps
}

/** Sum over lists of -ln p(target); scores become their gradient. */
function crossEntropy(offsets: Uint32Array, logWeights: Float32Array, scores: Float64Array): number {
  let loss = 0
  for (let list = 0; list + 1 < offsets.length; list++) {
    const from = offsets[list]
    const to = offsets[list + 1]
    let most = -Infinity
    for (let row = from; row < to; row++) most = Math.max(most, scores[row] + logWeights[row])
    let total = 0
    for (let row = from; row < to; row++) total += Math.exp(scores[row] + logWeights[row] - most)
    loss -= scores[from] + logWeights[from] - most - Math.log(total)
    for (let row = from; row < to; row++) scores[row] = Math.exp(scores[row] + logWeights[row] - most) / total
    scores[from] -= 1
  }
  return loss
}

function termOf({ feature, scale, mean, deviation, knots, partial }: Prepared, part: Float64Array): ScorerTerm {
  const weight = part[0] / deviation
  const steps = stepsOf(part.subarray(1, knots.length))
  const atMean = -weight * mean
  const shift = partial
    ? atMean - part[knots.length]
    : AROUND_MEAN.has(feature)
      ? atMean - stepAt(knots, steps, mean)
      : -stepAt(knots, steps, 0)
  return {
    feature,
    weight,
    ...(scale === null ? {} : { scale }),
    knots: Array.from(knots),
    steps: Array.from(steps, (step) => step + shift),
    ...(FEATURE_SIGNS[feature] === 0 && feature !== 'unseen' ? { held: true as const } : {}),
  }
}

function stepAt(knots: Float64Array, steps: Float64Array, x: number): number {
  if (x <= knots[0]) return steps[0]
  let k = 1
  while (k < knots.length - 1 && knots[k] < x) k++
  return steps[k - 1] + Math.min(1, (x - knots[k - 1]) / (knots[k] - knots[k - 1])) * (steps[k] - steps[k - 1])
}
