import type { MinedInterest, Space } from '../columns.js'
import { gainsOf, groupGain, jointGain, STRAY_GAIN, sharedScale } from './space/gains.js'
import { writeJoint } from './space/joint-space.js'
import type { Topics } from './topics/topics.js'

/** The parts of a model that `nearestInterest` reads. */
export interface AssignModel {
  space: Space
  topics: Topics
}

/** Catalogue row -> index of its interest, -1 for none. */
type Assigner = (row: number) => number

/** The part of a profile that `nearestInterest` reads: the evidence rows and the level of each interest. */
export interface Assignable {
  interests: readonly Pick<MinedInterest, 'rows' | 'level'>[]
}

const assigners = new WeakMap<Assignable, { model: AssignModel; assign: Assigner }>()

/**
 * Index, in `profile.interests`, of the interest that a catalogue row belongs to. That is the point or emerging
 * interest whose likelihood gain from the row is largest (`joinGain`), if that gain is at least STRAY_GAIN; else the
 * broad interest of the row's domain; else -1. Group sums are computed once per profile object and cached, so that the
 * call is cheap for hundreds of candidates of one profile.
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
  const groups: { index: number; n: number; sum: Float64Array; gain: number }[] = []
  const broad = new Map<number, number>()
  const z = new Float64Array(gains.dims)
  profile.interests.forEach((interest, index) => {
    if (interest.rows.length === 0) return
    if (interest.level === 'domain') {
      const domain = topics.domains[interest.rows[0]]
      if (domain >= 0 && !broad.has(domain)) broad.set(domain, index)
      return
    }
    const sum = new Float64Array(gains.dims)
    for (const row of interest.rows) {
      writeJoint(space, row, z)
      for (let d = 0; d < sum.length; d++) sum[d] += z[d]
    }
    const n = interest.rows.length
    groups.push({ index, n, sum, gain: groupGain(gains, n, sum) })
  })
  return (row) => {
    writeJoint(space, row, z)
    const alone = groupGain(gains, 1, z)
    let best = -1
    let most = Number.NEGATIVE_INFINITY
    for (const { index, n, sum, gain } of groups) {
      const slack = -STRAY_GAIN * sharedScale(gains, n, sum, 0, 1, z, 0)
      const value = jointGain(gains, n + 1, sum, 0, z, 0) - gain - alone + slack
      if (value > most && value >= STRAY_GAIN * gains.scale) {
        most = value
        best = index
      }
    }
    return best >= 0 ? best : (broad.get(topics.domains[row] ?? -1) ?? -1)
  }
}
