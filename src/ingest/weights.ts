import type { Polarity } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import type { KindWeight, WeightPreset, WeightTable } from '../types/items.js'
import { normaliseKind } from './kinds.js'

/** A kind that speaks for the item by an action. */
const implicitFor = (weight: number): KindWeight => ({ weight, sign: 1, explicit: false })
/** A kind that speaks for the item by a statement, such as a like. */
const explicitFor = (weight: number): KindWeight => ({ weight, sign: 1, explicit: true })
/** A kind that speaks against the item by an action. */
const implicitAgainst = (weight: number): KindWeight => ({ weight, sign: -1, explicit: false })
/** A kind that speaks against the item by a statement. */
const explicitAgainst = (weight: number): KindWeight => ({ weight, sign: -1, explicit: true })

const SHOP_WEIGHTS: WeightTable = {
  view: implicitFor(1),
  click: implicitFor(1),
  read: implicitFor(2),
  play: implicitFor(2),
  cart: implicitFor(3),
  comment: implicitFor(3),
  review: implicitFor(4),
  rating: implicitFor(4),
  purchase: implicitFor(5),
  // An item that was shown and not opened says next to nothing either way.
  impression: implicitFor(0.1),
  save: explicitFor(3),
  like: explicitFor(4),
  share: explicitFor(4),
  subscribe: explicitFor(5),
  skip: implicitAgainst(1),
  bounce: implicitAgainst(1),
  remove: implicitAgainst(2),
  hide: explicitAgainst(4),
  dislike: explicitAgainst(4),
  not_interested: explicitAgainst(4),
  return: explicitAgainst(4),
}

/** How much each kind of event counts, for four usual kinds of data. Each table has every known kind. */
export const WEIGHT_PRESETS: Readonly<Record<WeightPreset, WeightTable>> = {
  shop: SHOP_WEIGHTS,
  // Reading is the goal; whether an opened article was read is told by the dwell.
  news: { ...SHOP_WEIGHTS, read: implicitFor(3), comment: implicitFor(4), share: explicitFor(5), save: explicitFor(4) },
  // A comment takes more effort than scrolling by.
  social: {
    ...SHOP_WEIGHTS,
    view: implicitFor(0.5),
    play: implicitFor(1),
    comment: implicitFor(4),
    like: explicitFor(3),
    share: explicitFor(5),
  },
  ratings: {
    ...SHOP_WEIGHTS,
    view: implicitFor(0.5),
    click: implicitFor(0.5),
    rating: implicitFor(5),
    review: implicitFor(5),
    purchase: implicitFor(3),
  },
}

/** A kind of less weight is weak evidence. */
const WEAK_KIND = 0.2
const UNKNOWN_KIND = implicitFor(1)
const MAX_WEIGHT = 1_000

/**
 * A caller's weights from JSON: {"view": 1} or {"view": {"weight": 1, "sign": 1, "explicit": false}}. A number alone
 * keeps the kind's usual sign and explicitness, a negative one makes it speak against. Kinds that are not named keep
 * the weights of the shop preset. Throws BAD_INPUT, naming the field.
 */
export function parseWeightTable(json: unknown): WeightTable {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw badWeights('', json, 'must be an object such as {"view": 1, "purchase": 5}')
  }
  const table: WeightTable = Object.assign(Object.create(null), SHOP_WEIGHTS)
  for (const [name, value] of Object.entries(json)) {
    const kind = normaliseKind(name)
    if (kind === '') throw badWeights(name, name, 'is no name of a kind')
    table[kind] = readKindWeight(name, value, Object.hasOwn(table, kind) ? table[kind] : UNKNOWN_KIND)
  }
  return table
}

function readKindWeight(name: string, value: unknown, usual: KindWeight): KindWeight {
  if (typeof value === 'number') {
    const weight = readWeight(name, Math.abs(value))
    return { weight, sign: value < 0 ? -1 : usual.sign, explicit: usual.explicit }
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw badWeights(name, value, 'must be a number or {"weight", "sign", "explicit"}')
  }
  const { weight, sign = usual.sign, explicit = usual.explicit, ...others } = value as Record<string, unknown>
  const [other] = Object.keys(others)
  if (other !== undefined)
    throw badWeights(`${name}.${other}`, others[other], 'is no field; use weight, sign, explicit')
  if (sign !== 1 && sign !== -1) throw badWeights(`${name}.sign`, sign, 'must be 1 or -1')
  if (typeof explicit !== 'boolean') throw badWeights(`${name}.explicit`, explicit, 'must be true or false')
  return { weight: readWeight(`${name}.weight`, weight), sign, explicit }
}

function readWeight(field: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_WEIGHT) return value
  throw badWeights(field, value, `must be a number above 0, at most ${MAX_WEIGHT}`)
}

function badWeights(field: string, value: unknown, wanted: string): InterestMineError {
  const where = field === '' ? 'the weight table' : `weight ${quote(field)}`
  return new InterestMineError('BAD_INPUT', `${where} ${wanted}, not ${quote(value)}`, { field, value })
}

/** How a kind of event counts. A kind that the table lacks is implicit, positive and of weight 1. */
export function kindWeight(table: Readonly<WeightTable>, type: string): KindWeight {
  return Object.hasOwn(table, type) ? table[type] : UNKNOWN_KIND
}

/** The top of the rating scale, where `max` is the largest rating known: 1, 5, 10 or 100. */
export function ratingScale(max: number): 1 | 5 | 10 | 100 {
  return max <= 1 ? 1 : max <= 5 ? 5 : max <= 10 ? 10 : 100
}

const LIKED_RATING = 4
const DISLIKED_RATING = 2
const WEAK_RATING_FACTOR = 0.3
/** A view shorter than this share of the expected reading time is a bounce. */
const BOUNCE_SHARE = 0.1
/** No event has weight 0. */
const MIN_DWELL_FACTOR = 0.1
/** Kinds that are more than a look at the item: a short dwell takes nothing from them. */
const ACTS: ReadonlySet<string> = new Set(['cart', 'purchase', 'review', 'rating', 'comment'])

/**
 * Weight (above 0) and polarity of one event: weight of its kind x factor of dwell x factor of rating.
 * `expectedSeconds`: expected reading time of the item; `ratingMax`: the largest rating known, which tells the scale. A
 * kind whose sign is -1 stays negative whatever the rating. Of ratings on a scale of 5, those from 4 up are liked,
 * those between 2 and 4 weak, the others disliked. A look of less than a tenth of the expected time is a bounce.
 */
export function weighEvent(
  { type, value, dwell }: { type: string; value?: number | null; dwell?: number | null },
  expectedSeconds: number,
  table: Readonly<WeightTable>,
  ratingMax: number,
): { weight: number; polarity: Polarity } {
  const kind = kindWeight(table, type)
  if (kind.sign === -1)
    return { weight: kind.weight, polarity: kind.explicit ? 'explicit-negative' : 'implicit-negative' }
  const act = ACTS.has(type)
  const dwellFactor = factorOfDwell(dwell, expectedSeconds)
  const weight = kind.weight * (act ? Math.max(1, dwellFactor) : dwellFactor)
  if (isNumber(value)) {
    const rating = Math.min(5, (value / ratingScale(ratingMax)) * 5)
    if (rating >= LIKED_RATING) return { weight: weight * (rating / 5), polarity: 'explicit-positive' }
    if (rating > DISLIKED_RATING) return { weight: weight * WEAK_RATING_FACTOR, polarity: 'weak' }
    // The lower the rating, the more it weighs; the dwell does not matter.
    return { weight: kind.weight * Math.min(1, (6 - rating) / 5), polarity: 'explicit-negative' }
  }
  if (kind.explicit) return { weight, polarity: 'explicit-positive' }
  if (!act && isNumber(dwell) && dwell < BOUNCE_SHARE * expectedSeconds) {
    return { weight: kindWeight(table, 'bounce').weight, polarity: 'implicit-negative' }
  }
  return { weight, polarity: kind.weight < WEAK_KIND ? 'weak' : 'implicit-positive' }
}

/** 2d / (d + E): 1 at the expected time E, at most 2; 1 where either is unknown. */
function factorOfDwell(dwell: number | null | undefined, expectedSeconds: number): number {
  if (!isNumber(dwell) || !(expectedSeconds > 0)) return 1
  return Math.max(MIN_DWELL_FACTOR, (2 * dwell) / (dwell + expectedSeconds))
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && !Number.isNaN(value)
}
