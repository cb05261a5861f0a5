import type { Catalogue, Space } from '../columns.js'
import type { Medium } from '../types/answers.js'
import { type ClusterName, nameAfterItem, nameByLikeness } from './names/labels.js'
import { type Gains, gainsOf, groupGain, jointPartGain, partGain, STRAY_GAIN } from './space/gains.js'
import { gatherJoint } from './space/joint-space.js'

/** How much texts, pictures and sounds contribute to holding a group of items together. */
export interface MediumShares {
  /** Share of each medium, summing to 1. Media that contribute nothing are left out. */
  shares: Partial<Record<Medium, number>>
  /** For each row, the medium that ties it to the other rows most. */
  by: Medium[]
}

/**
 * Measures how much each medium holds a group of catalogue rows together. The contribution of a medium to a row is its
 * part of the gain of the row as a member of the group (`joinGain`), above what a stray would have (STRAY_GAIN), and at
 * least 0. Where no medium contributes anything, the share of text is 1, because every item has a text.
 */
export function measureMediaShares(space: Space, rows: ArrayLike<number>): MediumShares {
  const gains = gainsOf(space)
  const joint = new Float64Array(gatherJoint(space, rows).data)
  const sums = new Float64Array(gains.dims)
  for (let i = 0; i < joint.length; i++) sums[i % gains.dims] += joint[i]
  const media = createMediumGains(gains)
  const totals = media.map(() => 0)
  const by = Array.from(rows, (_, i): Medium => {
    const mediumGains = media.map(({ gainOf, scale }) =>
      Math.max(0, gainOf(rows.length, sums, joint, i * gains.dims) - STRAY_GAIN * scale),
    )
    const most = mediumGains.indexOf(Math.max(...mediumGains))
    mediumGains.forEach((gain, m) => {
      totals[m] += gain
    })
    return media[most].name
  })
  const total = totals.reduce((sum, voice) => sum + voice, 0)
  if (total === 0) return { shares: { text: 1 }, by }
  const shares = media.map(({ name }, m) => [name, totals[m] / total] as const).filter(([, share]) => share > 0)
  return { shares: Object.fromEntries(shares), by }
}

/** The medium with the largest share in `measureMediaShares`; 'text' where the catalogue has no pictures or sounds. */
export function leadingMedium(space: Space, rows: ArrayLike<number>): Medium {
  if (space.parts.length === 0) return 'text'
  const shares = Object.entries(measureMediaShares(space, rows).shares) as [Medium, number][]
  return shares.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

/**
 * A name for rows that no phrase names, made from the title of `example`, one of them: "Like ‘title’", or "Looks alike:
 * title" and "Sounds alike: title" where pictures or sounds hold the rows together.
 */
export function nameByExample(
  { catalogue, space }: { catalogue: Catalogue; space: Space },
  rows: ArrayLike<number>,
  example: number,
): ClusterName {
  const medium = leadingMedium(space, rows)
  return medium === 'text' ? nameAfterItem(catalogue, example) : nameByLikeness(catalogue, example, medium)
}

/** The part of one medium in the gain of a row as a member of a group. */
interface MediumGain {
  name: Medium
  /** Scale of thresholds for this medium (`Gains.scale`). */
  scale: number
  /**
   * The gain of the row of `joint` at `from` as one of the n members whose rows sum to `sums`; -Infinity where the row,
   * or every other member, lacks the medium.
   */
  gainOf(n: number, sums: Float64Array, joint: Float64Array, from: number): number
}

/** The gains of all media of a space, text first. */
function createMediumGains(gains: Gains): MediumGain[] {
  const text: Gains = { ...gains, parts: [] }
  return [
    {
      name: 'text',
      scale: gains.scale,
      gainOf(n, sums, joint, from) {
        const others = sums.map((sum, d) => sum - joint[from + d])
        return groupGain(text, n, sums) - groupGain(text, n - 1, others) - groupGain(text, 1, joint, from)
      },
    },
    ...gains.parts.map(
      (part): MediumGain => ({
        name: part.name,
        scale: part.scale,
        gainOf(_, sums, joint, from) {
          if (joint[from + part.count] === 0 || sums[part.count] < 2) return Number.NEGATIVE_INFINITY
          const others = jointPartGain(part, sums, 0, joint, from, -1)
          return partGain(part, sums) - others - partGain(part, joint, from)
        },
      }),
    ),
  ]
}
