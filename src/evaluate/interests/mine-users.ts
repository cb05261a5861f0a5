import { takeFirst } from '../../mine/history.js'
import { type MineModel, nearestInterest } from '../../mine/interests.js'
import type { History, InterestLevel } from '../../types.js'
import type { Leaves } from './leaves.js'
import { mineHistory } from './mine-history.js'
import { locateNextEvent, type NextEvent } from './next-event.js'
import { comparePoints, type PointStability } from './stability.js'

export interface SampledUser {
  /** All they did, and the same before their last liked item. */
  whole: History
  before: History
  /** That item. */
  target: number
}

export interface UsersTask {
  model: MineModel
  leaves: Leaves
  users: readonly SampledUser[]
}

/** An interest as far as its label is judged. */
export interface JudgedInterest {
  level: InterestLevel
  label: string
  head: string
  rows: Int32Array
}

/** What mining made of one user. */
export interface MinedUser {
  /** Liked items of the whole history, and the interests that hold them. */
  liked: Int32Array
  interests: JudgedInterest[]
  next: NextEvent
  kept: PointStability
  /** Of the history before the target, one entry an interest: said, its share of the history, and 1 where it came. */
  confidence: { said: number; share: number; came: number }[]
}

/** "Ten per cent more events": the history that is mined first. */
const EARLIER_SHARE = 1 / 1.1

export async function mineUsers({ model, leaves, users }: UsersTask, pause: () => Promise<void>): Promise<MinedUser[]> {
  const minedUsers: MinedUser[] = []
  for (const { whole, before, target } of users) {
    await pause()
    const earlier = mineHistory(model, takeFirst(whole, Math.round(whole.rows.length * EARLIER_SHARE)))
    const now = mineHistory(model, whole, earlier)
    const profile = mineHistory(model, before)
    const index = nearestInterest(model, profile, target)
    minedUsers.push({
      liked: whole.rows,
      interests: now.interests.map(({ level, label, head, rows }) => ({ level, label, head, rows })),
      next: locateNextEvent(model, before, profile, target, leaves),
      kept: comparePoints(earlier, now),
      confidence: profile.interests.map(({ confidence, weight }, i) => ({
        said: confidence,
        share: weight,
        came: Number(i === index),
      })),
    })
  }
  return minedUsers
}
