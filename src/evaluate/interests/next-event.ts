import { type MineModel, nearestInterest } from '../../mine/interests.js'
import { gainsOf, groupGain, jointGain } from '../../mine/space/gains.js'
import { writeJoint } from '../../mine/space/joint-space.js'
import type { History, InterestLevel, MinedInterest, Profile } from '../../types.js'
import type { Leaves } from './leaves.js'

/** Where the next liked item of a history fell. */
export interface NextEvent {
  /** Level of the interest it belongs to; null: none. */
  level: InterestLevel | null
  /** Whether it is among as many items by interests as by leaf category: by points and pairs alone, and by all. */
  matched: Record<InterestKind, Matched | null>
}

export const INTEREST_KINDS = ['named', 'all'] as const
export type InterestKind = (typeof INTEREST_KINDS)[number]

/** Null where there is no interest or no leaf category to choose by. */
export interface Matched {
  /** 1 where the item is among them. */
  mined: number
  byLeaf: number
  /** Items, and the share of what could have come next that they are. */
  items: number
  chance: number
}

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
 * The leaf categories that are commonest in the history, as many as there are interests, hold m items that the user has
 * not had; the m items that the interests gain most from are set against them.
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

/** What a gain is worth beside the share of an interest, found in the prototype on amazon-beauty. */
const GAIN_WORTH = 1 / 6
const DECAY = 0.9

/** The density of an item in the mixture of the interests, each with its share of what is recent. */
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
  const worth = GAIN_WORTH / gains.scale
  return (row: number) => {
    writeJoint(space, row, z)
    const alone = groupGain(gains, 1, z)
    return groups.reduce(
      (density, { n, sum, recent, gain }) =>
        density + (recent / whole) * Math.exp(worth * (jointGain(gains, n + 1, sum, 0, z, 0) - gain - alone)),
      0,
    )
  }
}
