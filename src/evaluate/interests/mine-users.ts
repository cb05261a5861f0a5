import type { History } from '../../columns.js'
import { takeFirst } from '../../mine/history.js'
import { type MineModel, nearestInterest } from '../../mine/interests.js'
import type { InterestLevel } from '../../types/answers.js'
import type { Leaves } from './leaves.js'
import { mineHistory } from './mine-history.js'
import { locateNextEvent, type NextEvent } from './next-event.js'
import { comparePoints, type PointStability } from './stability.js'

/** One user of the sample. */
export interface SampledUser {
  /** The complete history. */
  whole: History
  /** The history before the last liked item. */
  before: History
  /** Row of that item. */
  target: number
}

/** Input of the task `readUsers`. */
export interface UsersTask {
  model: MineModel
  leaves: Leaves
  users: readonly SampledUser[]
}

/** An interest, as far as its label is evaluated. */
export interface JudgedInterest {
  level: InterestLevel
  label: string
  head: string
  rows: Int32Array
}

/** Interests mined from the histories of one user, and how they relate to what the user did next. */
export interface EvaluatedUser {
  /** Rows of the liked items of the whole history. */
  liked: Int32Array
  /** Interests of the whole history. */
  interests: JudgedInterest[]
  /** Where the target falls among the interests of the history before it. */
  next: NextEvent
  /** How many points of the first ten elevenths of the history are found again in the whole. */
  kept: PointStability
  /**
   * One entry for each interest of the history before the target: its confidence (`said`), its share of the history,
   * and 1 where the target belongs to it, else 0 (`came`).
   */
  confidence: { said: number; share: number; came: number }[]
}

/** Share of a history that is mined first, so that the whole has ten per cent more. */
const EARLIER_SHARE = 1 / 1.1

/**
 * Mines each user's histories: the first ten elevenths, the whole, and what came before the target. `pause` is awaited
 * before each user and may throw to stop.
 */
export async function mineSampledUsers(
  { model, leaves, users }: UsersTask,
  pause: () => Promise<void>,
): Promise<EvaluatedUser[]> {
  const minedUsers: EvaluatedUser[] = []
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
