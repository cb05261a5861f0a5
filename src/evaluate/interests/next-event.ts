import type { History, MinedInterest, Profile } from '../../columns.js'
import { type MineModel, nearestInterest } from '../../mine/interests.js'
import { gainsOf, groupGain, jointGain } from '../../mine/space/gains.js'
import { writeJoint } from '../../mine/space/joint-space.js'
import type { InterestLevel } from '../../types/answers.js'
import type { Leaves } from './leaves.js'

/** Where the next liked item of a history falls among the interests of that history. */
export interface NextEvent {
  /** Level of the interest it belongs to; null: it belongs to none. */
  level: InterestLevel | null
  /** Hits among equally many items chosen by interests and by leaf category, with each kind of interest. */
  matched: Record<InterestKind, Matched | null>
}

/** Which interests choose items: `named` points and pairs, `all` broad interests too. */
export const INTEREST_KINDS = ['named', 'all'] as const
/** One of `INTEREST_KINDS`. */
export type InterestKind = (typeof INTEREST_KINDS)[number]

/**
 * Whether the next item is among the m items that the interests choose, and among the m items that leaf categories
 * choose. Null stands where there is no interest or no leaf category to choose by.
 */
export interface Matched {
  /** 1 where the item is among those that the interests choose, else 0. */
  mined: number
  /** 1 where it is among those that leaf categories choose, else 0. */
  byLeaf: number
  /** The number m. */
  items: number
  /** m over the number of items that could have come next: the hit rate of m random items. */
  chance: number
}

/**
 * Where the next liked item falls among the interests of a history.
 *
 * @param history What came before the item.
 * @param profile Interests mined from that history.
 * @param target Row of the item.
 */
export function locateNextEvent(
  model: MineModel,
  history: History,
  profile: Profile,
  target: number,
  leaves: Leaves,
): NextEvent {
  const { interests } = profile
  const index = nearestInterest(model, profile, target)
  const named = interests.filter(({ level }) => level !== 'domain')
  const match = (some: readonly MinedInterest[]) => matchSizes(model, history, some, target, leaves)
  return {
    level: index < 0 ? null : interests[index].level,
    matched: { named: match(named), all: match(interests) },
  }
}

/**
 * Compares at equal size: as many leaf categories as there are interests are taken, the commonest of the history; they
 * hold m items that the user has not had. Against these stand the m items with the highest density in the mixture of
 * the interests.
 */
function matchSizes(
  model: MineModel,
  history: History,
  interests: readonly MinedInterest[],
  target: number,
  leaves: Leaves,
): Matched | null {
  const chosen = commonestLeaves(history.rows, leaves, interests.length)
  const seen = new Set(history.seenRows)
  const free = (row: number) => !seen.has(row) && model.catalogue.removed[row] === 0
  const items = chosen.reduce((sum, leaf) => sum + leaves.rows[leaf].filter(free).length, 0)
  if (items === 0) return null
  const scoreOf = scoreByInterests(model, history, interests)
  const wanted = scoreOf(target)
  let better = 0
  let all = 0
  for (let row = 0; row < model.catalogue.size; row++) {
    if (!free(row)) continue
    all++
    if (row !== target && scoreOf(row) >= wanted) better++
  }
  return {
    mined: Number(better < items),
    byLeaf: Number(chosen.includes(leaves.of[target])),
    items,
    chance: items / all,
  }
}

function commonestLeaves(rows: Int32Array, { of }: Leaves, count: number): number[] {
  const counts = new Map<number, number>()
  for (const row of rows) if (of[row] >= 0) counts.set(of[row], (counts.get(of[row]) ?? 0) + 1)
  // A stable sort: of equally common ones, those met first.
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([leaf]) => leaf)
}

/** Factor of an interest's gain beside its share of the history (docs/evaluation.md); chosen on amazon-beauty. */
const GAIN_FACTOR = 1 / 6
const DECAY = 0.9

/** Row -> density in the mixture of the interests: the sum of share · exp(gain / 6), shares decayed by age. */
function scoreByInterests(model: MineModel, history: History, interests: readonly MinedInterest[]) {
  const { space } = model
  const gains = gainsOf(space)
  const age = new Map(Array.from(history.rows, (row, i) => [row, history.rows.length - 1 - i]))
  const z = new Float64Array(gains.dims)
  const groups = interests.map(({ rows }) => {
    const sum = new Float64Array(gains.dims)
    let recent = 0
    for (const row of rows) {
      recent += DECAY ** (age.get(row) ?? 0)
      writeJoint(space, row, z)
      for (let d = 0; d < sum.length; d++) sum[d] += z[d]
    }
    return { n: rows.length, sum, recent, gain: groupGain(gains, rows.length, sum) }
  })
  const whole = groups.reduce((total, { recent }) => total + recent, 0)
  const factor = GAIN_FACTOR / gains.scale
  return (row: number) => {
    writeJoint(space, row, z)
    const alone = groupGain(gains, 1, z)
    return groups.reduce(
      (density, { n, sum, recent, gain }) =>
        density + (recent / whole) * Math.exp(factor * (jointGain(gains, n + 1, sum, 0, z, 0) - gain - alone)),
      0,
    )
  }
}
