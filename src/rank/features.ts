import type { Modality } from '../types/items.js'
import type { Bound } from '../vectors/minimise.js'

/** How the values of a feature lie, in round numbers that no user's lists were looked at for. */
interface FixedRuler {
  /** Ascending, on values as they are. */
  knots: readonly number[]
  /** Of values as they are read (see `sparse`). */
  mean: number
  deviation: number
  /** Values are read as ln(1 + x / scale); left out: as they are. */
  scale?: number
  /** Some items may lack it. */
  partial?: boolean
}

/** What the scorer, its training, reports and explanations know of one feature. Its value is in `compute-features.ts`. */
export interface FeatureEntry {
  name: string
  /** How it may speak for an item: 1 only for, -1 only against, 0 either way; null: its weight is set by hand. */
  sign: Bound | null
  /** Mostly 0, and over orders of magnitude where not: read as ln(1 + x / median of what is not 0). */
  sparse?: true
  /** 0 says nothing of it: it adds 0 at its mean, and speaks by how far a value is from there. */
  aroundMean?: true
  /** Values beyond the outermost knots count as the outermost knot. */
  held?: true
  /** Smallest and largest value, for a plot where no candidate differs; left out: 0 and 1 are not known to be its ends. */
  reach?: readonly [low: number, high: number]
  /** For private training, which may not look at values; none where the weight is set by hand. */
  ruler?: FixedRuler
  /**
   * How what it adds goes back to items of the history, for evidence: `covisits` in proportion to their co-visits, `ages`
   * by the adapter's weights, `last` to the newest item, `likest` to the item most alike, `brand` to the items of the
   * brand, newest most. Left out: to none.
   */
  cite?: 'covisits' | 'ages' | 'last' | 'likest' | 'brand'
  /** The medium that `last` and `likest` compare; left out: text. */
  medium?: Modality
  /** What its value is, in a line beside its plot; docs/scoring.md has the formulas. */
  note: string
}

/** Knots of values that are spread around a scale of their own, as multiples of it. */
const MULTIPLES = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30]
const SHARES = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1]
/** ln(1 + n) of few and many. */
const COUNTS = [0, 0.7, 1.4, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10]
const DAYS = [0, 0.7, 1.4, 2, 2.7, 3.4, 4, 4.6, 5.3, 6, 7, 9]
const AGES = [-1, 0, 2, 4, 5, 5.5, 6, 6.5, 7, 7.5, 8.5]
const LOGITS = [-5, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10]
const GAPS = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5]

/** The ruler of a sparse feature: hardly more than a third of the candidates have a value other than 0. */
function sparseRuler(scale: number, partial = false): FixedRuler {
  return { knots: MULTIPLES.map((times) => times * scale), mean: 0.3, deviation: 0.5, scale, partial }
}

/**
 * The features of a (history, item) pair, in the order of the columns of a table of values. This is the one list: what
 * else names features is derived from it. A value of NaN is unknown and adds nothing. To add a feature: a row here (and in
 * LACK_KINDS), its value in `compute-features.ts`, its formula in docs/scoring.md, and a weight before training in
 * `default-scorer.ts` if it is to have one.
 */
export const FEATURE_TABLE = [
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
    cite: 'likest',
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
    cite: 'likest',
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
    cite: 'likest',
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

export type Feature = (typeof FEATURE_TABLE)[number]['name']

/** The table, a feature's entry with all that it may have. */
export const FEATURE_ENTRIES: readonly (FeatureEntry & { name: Feature })[] = FEATURE_TABLE

/** The names in the order of the columns. */
export const FEATURES: readonly Feature[] = FEATURE_TABLE.map(({ name }) => name)
/** Columns of a table of values: numbers a row. */
export const FEATURE_COUNT = FEATURES.length
/** Name -> column. */
export const COLUMN_OF = Object.fromEntries(FEATURES.map((name, column) => [name, column])) as Record<Feature, number>

/** A feature's entry in the table. */
export function featureEntry(name: Feature): FeatureEntry {
  return FEATURE_TABLE[COLUMN_OF[name]]
}

/** Features whose weights are learnt, with how they may speak. */
export const LEARNT_FEATURES: readonly { name: Feature; sign: Bound }[] = FEATURE_ENTRIES.flatMap(({ name, sign }) =>
  sign === null ? [] : [{ name, sign }],
)

/** Name -> how a feature whose weight is learnt may speak. */
export const FEATURE_SIGNS: Partial<Record<Feature, Bound>> = Object.fromEntries(
  LEARNT_FEATURES.map(({ name, sign }) => [name, sign]),
)

/** Name -> note, for the report of a training. */
export const FEATURE_NOTES: Readonly<Record<string, string>> = Object.fromEntries(
  FEATURE_TABLE.map(({ name, note }) => [name, note]),
)

/**
 * Features that mean the same to a person, for telling what an item lacks beside what is listed; each stands in one kind.
 * `src/explain/narrate-item.ts` has the words for the kinds.
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

/** So many of the newest items are compared for the largest cosine. */
export const TEXT_DEPTH = 12
/** So many of the newest items tell the usual brand and price; an item's share falls by this factor with each newer one. */
export const BRAND_DEPTH = 30
export const BRAND_DECAY = 0.8
/** Beside signals and adapter, features read so many of the newest items and no older ones. */
export const FEATURE_DEPTH = Math.max(TEXT_DEPTH, BRAND_DEPTH)
