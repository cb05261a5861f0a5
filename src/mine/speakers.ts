import type { Catalogue, Space } from '../columns.js'
import type { Medium } from '../types/answers.js'
import { type ClusterName, nameAfter, nameAlike } from './names/labels.js'
import { type Gains, gainsOf, groupGain, jointPartGain, partGain, STRAY_GAIN } from './space/gains.js'
import { gatherJoint } from './space/joint-space.js'

/** What holds a group together. */
export interface Speakers {
  /** Shares of all that is said, which add up to 1; media that say nothing are left out. */
  shares: Partial<Record<Medium, number>>
  /** What ties each row to the others most, alongside the rows. */
  by: Medium[]
}

/**
 * What texts, pictures and sounds say for a group of rows: how much better each row is told with the others than on its
 * own, beyond what a stray would be. Where none says anything, the text speaks: every item has one.
 */
export function tellSpeakers(space: Space, rows: ArrayLike<number>): Speakers {
  const gains = gainsOf(space)
  const joint = new Float64Array(gatherJoint(space, rows).data)
  const sums = new Float64Array(gains.dims)
  for (let i = 0; i < joint.length; i++) sums[i % gains.dims] += joint[i]
  const media = mediaOf(gains)
  const said = media.map(() => 0)
  const by = Array.from(rows, (_, i): Medium => {
    const voices = media.map(({ tie, scale }) =>
      Math.max(0, tie(rows.length, sums, joint, i * gains.dims) - STRAY_GAIN * scale),
    )
    const most = voices.indexOf(Math.max(...voices))
    voices.forEach((voice, m) => {
      said[m] += voice
    })
    return media[most].name
  })
  const total = said.reduce((sum, voice) => sum + voice, 0)
  if (total === 0) return { shares: { text: 1 }, by }
  const shares = media.map(({ name }, m) => [name, said[m] / total] as const).filter(([, share]) => share > 0)
  return { shares: Object.fromEntries(shares), by }
}

/** Whatever says most. */
export function leadingMedium(space: Space, rows: ArrayLike<number>): Medium {
  if (space.parts.length === 0) return 'text'
  const shares = Object.entries(tellSpeakers(space, rows).shares) as [Medium, number][]
  return shares.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

/** The name of rows that no phrase names: after one of them, and what it has in common with the others. */
export function nameByExample(
  { catalogue, space }: { catalogue: Catalogue; space: Space },
  rows: ArrayLike<number>,
  example: number,
): ClusterName {
  const medium = leadingMedium(space, rows)
  return medium === 'text' ? nameAfter(catalogue, example) : nameAlike(catalogue, example, medium)
}

interface Voice {
  name: Medium
  scale: number
  /** v of the row of `joint` at `from` and the n - 1 others of its group; -Infinity where there is nothing to tie. */
  tie(n: number, sums: Float64Array, joint: Float64Array, from: number): number
}

function mediaOf(gains: Gains): Voice[] {
  const text: Gains = { ...gains, parts: [] }
  return [
    {
      name: 'text',
      scale: gains.scale,
      tie(n, sums, joint, from) {
        const others = sums.map((sum, d) => sum - joint[from + d])
        return groupGain(text, n, sums) - groupGain(text, n - 1, others) - groupGain(text, 1, joint, from)
      },
    },
    ...gains.parts.map(
      (part): Voice => ({
        name: part.name,
        scale: part.scale,
        tie(_, sums, joint, from) {
          if (joint[from + part.count] === 0 || sums[part.count] < 2) return Number.NEGATIVE_INFINITY
          const others = jointPartGain(part, sums, 0, joint, from, -1)
          return partGain(part, sums) - others - partGain(part, joint, from)
        },
      }),
    ),
  ]
}
