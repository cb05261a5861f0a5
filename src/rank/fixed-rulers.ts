import type { Feature } from './features.js'
import type { Ruler } from './rulers.js'
import { FEATURE_SIGNS } from './train.js'

/** Knots of values that are spread around a scale of their own, as multiples of it. */
const MULTIPLES = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30]
const SHARES = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1]
/** ln(1 + n) of few and many. */
const COUNTS = [0, 0.7, 1.4, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10]
const DAYS = [0, 0.7, 1.4, 2, 2.7, 3.4, 4, 4.6, 5.3, 6, 7, 9]
const AGES = [-1, 0, 2, 4, 5, 5.5, 6, 6.5, 7, 7.5, 8.5]
const LOGITS = [-5, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10]
const GAPS = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5]

/** Sparse values: hardly more than a third of the candidates have any. */
const sparse = (feature: Feature, scale: number, partial = false) =>
  fix(
    feature,
    MULTIPLES.map((times) => times * scale),
    0.3,
    0.5,
    { scale, partial },
  )

/**
 * Rulers that know nobody's lists: private training may not look at values to place knots by them. Scales, means and
 * deviations are round figures of what public data sets measure, and need fit only roughly.
 */
export const FIXED_RULERS: readonly Ruler[] = [
  sparse('covisit', 0.03),
  sparse('covisit_last', 0.03),
  sparse('text_covisit', 0.002),
  sparse('covisit_text', 0.004),
  sparse('covisit_twice', 0.002),
  fix('adapter', LOGITS, 3, 2.5, { partial: true }),
  fix('text_last', SHARES, 0.15, 0.2),
  fix('text_best', SHARES, 0.25, 0.2),
  fix('image_last', SHARES, 0.15, 0.2, { partial: true }),
  fix('image_best', SHARES, 0.25, 0.2, { partial: true }),
  fix('audio_last', SHARES, 0.15, 0.2, { partial: true }),
  fix('audio_best', SHARES, 0.25, 0.2, { partial: true }),
  fix('brand', SHARES, 0.1, 0.2),
  fix('category', SHARES, 0.3, 0.3),
  sparse('brand_next', 0.006, true),
  sparse('category_next', 0.02, true),
  fix('price_gap', GAPS, 0.7, 0.6, { partial: true }),
  fix('popularity', COUNTS, 2.5, 1.2),
  fix('unseen', [0, 1], 0.1, 0.3),
  fix('brand_popularity', COUNTS, 5, 2, { partial: true }),
  fix('recent', COUNTS, 1.5, 1.2, { partial: true }),
  fix('idle', DAYS, 3.5, 1.5, { partial: true }),
  fix('age', AGES, 6, 1.5, { partial: true }),
]

function fix(
  feature: Feature,
  knots: readonly number[],
  mean: number,
  deviation: number,
  { scale = null, partial = false }: { scale?: number | null; partial?: boolean } = {},
): Ruler {
  const sign = FEATURE_SIGNS[feature]!
  return { feature, sign, scale, mean, deviation, knots: Float64Array.from(knots), partial }
}
