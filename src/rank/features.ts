import type { Modality } from '../types/items.js'
import type { Bound } from '../vectors/minimise.js'

/** Typical distribution of a feature, in round numbers that were chosen without looking at any user's lists. */
interface FixedRuler {
  /** Knots of the piecewise linear part, ascending, on raw values. */
  knots: readonly number[]
  /** Mean and standard deviation of the values after the transform by `scale`. */
  mean: number
  deviation: number
  /** Values are transformed to ln(1 + x / scale); left out: they are not transformed. */
  scale?: number
  /** Whether some items may lack the feature. */
  partial?: boolean
}

/** What scorer, training, reports and explanations know of one feature. `compute-features.ts` computes its values. */
export interface FeatureEntry {
  name: string
  /**
   * Sign of its effect on the score: 1 never lowers it as the value rises, -1 never raises it, 0 either way; null: the
   * weight is set by hand.
   */
  sign: Bound | null
  /**
   * Mostly 0, and spread over orders of magnitude elsewhere: transformed to ln(1 + x / median of values that are not
   * 0).
   */
  sparse?: true
  /** Its contribution is shifted to be 0 at the feature's mean; without it, at value 0. */
  aroundMean?: true
  /** Values beyond the outermost knots count as the outermost knot. */
  held?: true
  /** Smallest and largest possible value, for plots where all candidates have the same; left out: not known. */
  reach?: readonly [low: number, high: number]
  /** For private training, which may not look at values; none where the weight is set by hand. */
  ruler?: FixedRuler
  /**
   * How its contribution is split among items of the history, for evidence: `covisits` in proportion to their
   * co-visits, `ages` by the adapter's weights, `last` to the newest item, `nearest` to the most similar item, `brand`
   * among the items of the brand, newer ones more. Left out: it is not split.
   */
  cite?: 'covisits' | 'ages' | 'last' | 'nearest' | 'brand'
  /** The medium that `last` and `nearest` compare; left out: text. */
  medium?: Modality
  /** What its value is, in one line, for reports; docs/scoring.md has the formulas. */
  note: string
}

/** Knots of sparse features, as multiples of their scale; then knots of features of other kinds. */
const MULTIPLES = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30]
const SHARES = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1]
/** Of ln(1 + count). */
const COUNTS = [0, 0.7, 1.4, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10]
const DAYS = [0, 0.7, 1.4, 2, 2.7, 3.4, 4, 4.6, 5.3, 6, 7, 9]
const AGES = [-1, 0, 2, 4, 5, 5.5, 6, 6.5, 7, 7.5, 8.5]
const LOGITS = [-5, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10]
const GAPS = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5]

/** The distribution of a sparse feature. Mean and deviation assume that about a third of its values are not 0. */
function sparseRuler(scale: number, partial = false): FixedRuler {
  return { knots: MULTIPLES.map((times) => times * scale), mean: 0.3, deviation: 0.5, scale, partial }
}

/**
 * The features of a (history, item) pair, in the order of the columns of a table of values. It is the only list: all
 * else that names features is derived from it. A value of NaN is unknown and contributes nothing. To add a feature, add
 * a row here and in LACK_KINDS, its value in `compute-features.ts`, its formula in docs/scoring.md, and a weight for
 * untrained stores in `default-scorer.ts` if it is to have one.
 */
const FEATURE_TABLE = [
  {
    name: 'covisit',
    sign: 1,
    sparse: true,
    ruler: sparseRuler(0.03),
    cite: 'covisits',
    note: 'what people with the recent items have too, newest first',
  },
  {
    name: 'covisit_last',
    sign: 1,
    sparse: true,
    ruler: sparseRuler(0.03),
    cite: 'last',
    note: 'the same for the last item alone',
  },
  {
    name: 'text_covisit',
    sign: 1,
    sparse: true,
    ruler: sparseRuler(0.002),
    note: 'what people have who have items that read like the recent ones',
  },
  {
    name: 'covisit_text',
    sign: 1,
    sparse: true,
    ruler: sparseRuler(0.004),
    note: 'what reads like the items that people have beside the recent ones',
  },
  { name: 'covisit_twice', sign: 1, sparse: true, ruler: sparseRuler(0.002), note: 'two steps of people having both' },
  {
    name: 'adapter',
    sign: 1,
    aroundMean: true,
    ruler: { knots: LOGITS, mean: 3, deviation: 2.5, partial: true },
    cite: 'ages',
    note: 'logit of the encoder trained on behaviour',
  },
  {
    name: 'text_last',
    sign: 1,
    ruler: { knots: SHARES, mean: 0.15, deviation: 0.2 },
    cite: 'last',
    note: 'cosine of the texts, with the last item',
  },
  {
    name: 'text_best',
    sign: 1,
    ruler: { knots: SHARES, mean: 0.25, deviation: 0.2 },
    cite: 'nearest',
    note: 'largest cosine of the texts, with the last 12 items',
  },
  {
    name: 'image_last',
    sign: 1,
    reach: [0, 1],
    ruler: { knots: SHARES, mean: 0.15, deviation: 0.2, partial: true },
    cite: 'last',
    medium: 'image',
    note: 'cosine of the pictures, with the newest item that has one',
  },
  {
    name: 'image_best',
    sign: 1,
    reach: [0, 1],
    ruler: { knots: SHARES, mean: 0.25, deviation: 0.2, partial: true },
    cite: 'nearest',
    medium: 'image',
    note: 'largest cosine of the pictures, with the last 12 items',
  },
  {
    name: 'audio_last',
    sign: 1,
    reach: [0, 1],
    ruler: { knots: SHARES, mean: 0.15, deviation: 0.2, partial: true },
    cite: 'last',
    medium: 'audio',
    note: 'cosine of the sounds, with the newest item that has one',
  },
  {
    name: 'audio_best',
    sign: 1,
    reach: [0, 1],
    ruler: { knots: SHARES, mean: 0.25, deviation: 0.2, partial: true },
    cite: 'nearest',
    medium: 'audio',
    note: 'largest cosine of the sounds, with the last 12 items',
  },
  {
    name: 'brand',
    sign: 1,
    ruler: { knots: SHARES, mean: 0.1, deviation: 0.2 },
    cite: 'brand',
    note: 'share of the brand among the last 30 items, newest first',
  },
  {
    name: 'category',
    sign: 1,
    ruler: { knots: SHARES, mean: 0.3, deviation: 0.3 },
    note: 'shared categories with the last item, of the shorter list',
  },
  {
    name: 'brand_next',
    sign: 1,
    sparse: true,
    ruler: sparseRuler(0.006, true),
    note: 'mean chance that the brand follows those of the last 30 items',
  },
  {
    name: 'category_next',
    sign: 1,
    sparse: true,
    ruler: sparseRuler(0.02, true),
    note: 'mean chance that the finest category follows those of the last 30 items',
  },
  {
    name: 'price_gap',
    sign: -1,
    aroundMean: true,
    ruler: { knots: GAPS, mean: 0.7, deviation: 0.6, partial: true },
    note: 'distance of the price from the usual, in logarithms',
  },
  {
    name: 'popularity',
    sign: 0,
    aroundMean: true,
    held: true,
    ruler: { knots: COUNTS, mean: 2.5, deviation: 1.2 },
    note: 'ln(1 + users of the item)',
  },
  {
    name: 'unseen',
    sign: 0,
    ruler: { knots: [0, 1], mean: 0.1, deviation: 0.3 },
    note: '1 where nobody has had the item yet',
  },
  {
    name: 'brand_popularity',
    sign: 0,
    aroundMean: true,
    held: true,
    ruler: { knots: COUNTS, mean: 5, deviation: 2, partial: true },
    note: 'ln(1 + likes of items of the brand)',
  },
  {
    name: 'recent',
    sign: 0,
    aroundMean: true,
    held: true,
    ruler: { knots: COUNTS, mean: 1.5, deviation: 1.2, partial: true },
    note: 'ln(1 + likes of the item in the 180 days before)',
  },
  {
    name: 'idle',
    sign: 0,
    aroundMean: true,
    held: true,
    ruler: { knots: DAYS, mean: 3.5, deviation: 1.5, partial: true },
    note: 'ln(1 + days since the last like before); 9: none',
  },
  {
    name: 'age',
    sign: 0,
    aroundMean: true,
    held: true,
    ruler: { knots: AGES, mean: 6, deviation: 1.5, partial: true },
    note: 'ln(1 + days since the first like before); \u22121: none',
  },
  { name: 'disliked', sign: null, reach: [0, 1], note: 'likeness to an item that the user disliked' },
  { name: 'wish', sign: null, reach: [0, 1], note: 'largest cosine with a phrase that was asked for' },
  {
    name: 'edit',
    sign: null,
    reach: [Math.log(0.1), Math.log(10)],
    note: 'ln of the boost that the user gave the interest',
  },
] as const satisfies readonly FeatureEntry[]

/** Name of a feature. */
export type Feature = (typeof FEATURE_TABLE)[number]['name']

/** FEATURE_TABLE with the wider type, so that fields that an entry lacks can be read too. */
export const FEATURE_ENTRIES: readonly (FeatureEntry & { name: Feature })[] = FEATURE_TABLE

/** The names of the features, in the order of the columns. */
export const FEATURES: readonly Feature[] = FEATURE_TABLE.map(({ name }) => name)
/** Number of features: a table of values has so many numbers a row. */
export const FEATURE_COUNT = FEATURES.length
/** Column of each feature in a table of values. */
export const COLUMN_OF = Object.fromEntries(FEATURES.map((name, column) => [name, column])) as Record<Feature, number>

/** The entry of a feature in FEATURE_TABLE. */
export function featureEntry(name: Feature): FeatureEntry {
  return FEATURE_TABLE[COLUMN_OF[name]]
}

/** The features whose weights are learnt, with the sign of each. */
export const LEARNT_FEATURES: readonly { name: Feature; sign: Bound }[] = FEATURE_ENTRIES.flatMap(({ name, sign }) =>
  sign === null ? [] : [{ name, sign }],
)

/** The sign of each feature whose weight is learnt; the others are missing. */
export const FEATURE_SIGNS: Partial<Record<Feature, Bound>> = Object.fromEntries(
  LEARNT_FEATURES.map(({ name, sign }) => [name, sign]),
)

/** The note of each feature, for the report of a training. */
export const FEATURE_NOTES: Readonly<Record<string, string>> = Object.fromEntries(
  FEATURE_TABLE.map(({ name, note }) => [name, note]),
)

/**
 * Features grouped by what they mean to a person, to say in what an item falls behind the listed ones. Each feature is
 * in one group. `src/explain/narrate-item.ts` has the words for the groups.
 */
export const LACK_KINDS = {
  company: ['covisit', 'covisit_last', 'covisit_twice', 'text_covisit', 'covisit_text'],
  likeHistories: ['adapter'],
  text: ['text_last', 'text_best'],
  image: ['image_last', 'image_best'],
  audio: ['audio_last', 'audio_best'],
  brand: ['brand', 'brand_next'],
  category: ['category', 'category_next'],
  price: ['price_gap'],
  popularity: ['popularity', 'brand_popularity', 'recent', 'idle', 'age', 'unseen'],
  dislike: ['disliked'],
  wish: ['wish'],
  edit: ['edit'],
} as const satisfies Record<string, readonly Feature[]>

/** Newest items that the features of likeness (`text_best` and its like) compare with. */
export const TEXT_DEPTH = 12
/** Newest items that the features of brand and price are computed from. */
export const BRAND_DEPTH = 30
/** Factor by which an item counts less in these than the next newer one. */
export const BRAND_DECAY = 0.8
/** Newest items that features read, apart from signals and adapter. */
export const FEATURE_DEPTH = Math.max(TEXT_DEPTH, BRAND_DEPTH)
