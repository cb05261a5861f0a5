import type { MinedInterest, Space } from '../types.js'
import { STRAY_GAIN } from './cluster.js'
import { type GainTable, gainsOf, groupGain, jointGain } from './gains.js'
import type { Topics } from './topics.js'

/** The parts of a model that assigning reads. */
export interface AssignModel {
  space: Space
  topics: Topics
}

type Assigner = (row: number) => number

/** What assigning reads of a profile. */
export interface Assignable {
  interests: readonly Pick<MinedInterest, 'rows' | 'level'>[]
}

const assigners = new WeakMap<Assignable, { model: AssignModel; assign: Assigner }>()

/**
 * Index of the interest that a catalogue row belongs to: the point or emerging interest that gains most from it, if
 * the gain is no less than a stray's; else the broad interest of its domain; else -1. Sums are kept with the profile,
 * so that asking for hundreds of candidates is cheap.
 */
export function nearestInterest(model: AssignModel, profile: Assignable, row: number): number {
  let known = assigners.get(profile)
  if (known?.model.space !== model.space || known.model.topics !== model.topics) {
    known = { model: { space: model.space, topics: model.topics }, assign: createAssigner(model, profile) }
    assigners.set(profile, known)
  }
  return known.assign(row)
}

function createAssigner({ space, topics }: AssignModel, profile: Assignable): Assigner {
  const gains = gainsOf(space)
  const { dims } = space
  const groups: { index: number; sum: Float64Array; joined: GainTable; gain: number }[] = []
  const broad = new Map<number, number>()
  profile.interests.forEach((interest, index) => {
    if (interest.rows.length === 0) return
    if (interest.level === 'domain') {
      const domain = topics.domains[interest.rows[0]]
      if (domain >= 0 && !broad.has(domain)) broad.set(domain, index)
      return
    }
    const sum = new Float64Array(dims)
    for (const row of interest.rows) for (let d = 0; d < dims; d++) sum[d] += space.z.data[row * dims + d]
    const n = interest.rows.length
    groups.push({ index, sum, joined: gains.table(n + 1), gain: groupGain(gains.table(n), sum) })
  })
  const z = new Float64Array(dims)
  return (row) => {
    for (let d = 0; d < dims; d++) z[d] = space.z.data[row * dims + d]
    const alone = groupGain(gains.table(1), z)
    let best = -1
    let most = STRAY_GAIN * gains.scale
    for (const { index, sum, joined, gain } of groups) {
      const value = jointGain(joined, sum, 0, z, 0) - gain - alone
      if (value >= most && (best < 0 || value > most)) {
        most = value
        best = index
      }
    }
    return best >= 0 ? best : (broad.get(topics.domains[row] ?? -1) ?? -1)
  }
}
