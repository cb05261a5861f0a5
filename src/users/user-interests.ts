import { readProfile } from '../answer/read.js'
import type { Lists } from '../columns.js'
import type { ActiveEdit } from '../mine/edits/edits.js'
import { topicOf } from '../mine/topics/topics.js'
import { joinArrays, joinOffsets } from '../vectors/join.js'
import { packLists } from '../vectors/sparse.js'
import { type MineUsersInput, readUsers } from './mine-users.js'

/**
 * Fine interests (points and emerging ones) of many users as columns, one entry an interest. Muted and disowned
 * interests are left out.
 */
export interface UserInterests {
  /** Store key of the user of each interest, ascending. */
  users: Int32Array
  ids: string[]
  labels: string[]
  /** Fine topic that most of the evidence belongs to, -1 for none. */
  topics: Int32Array
  /** Weight and confidence of each interest, 0..1. */
  weights: Float64Array
  confidences: Float64Array
  /** Evidence of each interest, as catalogue rows. */
  rows: Lists
  /** Time of the user's latest event on each entry of `rows.values`: ms, NaN where unknown. */
  at: Float64Array
  /** Number of users who like anything, with or without a fine interest. */
  likers: number
  /** Time of the latest event of every user on each liked item: ms, NaN where unknown. */
  likedAt: Float64Array
}

/** Input of `readUserInterests`. */
export interface UserInterestsInput extends MineUsersInput {
  /** Store key of a user -> edits in force, oldest first; users without edits may be missing. */
  edits: Map<number, ActiveEdit[]>
  /** Events after this time (ms) are left out; NaN: none is. */
  until: number
}

/**
 * Mines the interests of users as each would be answered, under their edits. `pause` is awaited before each user;
 * rejects with what it throws.
 */
export async function readUserInterests(input: UserInterestsInput, pause: () => Promise<void>): Promise<UserInterests> {
  const { model, edits, until } = input
  const { fine } = model.topics
  const found: { user: number; id: string; label: string; topic: number; weight: number; confidence: number }[] = []
  const rows: Int32Array[] = []
  const at: number[] = []
  const likedAt: number[] = []
  let likers = 0
  for (const { user, ...known } of readUsers(input, until)) {
    await pause()
    const { history } = known
    if (history.rows.length === 0) continue
    likers++
    for (const time of history.lastAt) likedAt.push(time)
    const lastAt = new Map(Array.from(history.rows, (row, i) => [row, history.lastAt[i]]))
    const { interests } = readProfile(model, { ...known, edits: edits.get(user) ?? [] }, until)
    for (const { id, label, level, weight, confidence, state, rows: evidence } of interests) {
      if (level === 'domain' || state.muted) continue
      found.push({ user, id, label, topic: commonestTopic(evidence, (row) => topicOf(fine, row)), weight, confidence })
      rows.push(evidence)
      for (const row of evidence) at.push(lastAt.get(row) ?? Number.NaN)
    }
  }
  return {
    users: Int32Array.from(found, ({ user }) => user),
    ids: found.map(({ id }) => id),
    labels: found.map(({ label }) => label),
    topics: Int32Array.from(found, ({ topic }) => topic),
    weights: Float64Array.from(found, ({ weight }) => weight),
    confidences: Float64Array.from(found, ({ confidence }) => confidence),
    rows: packLists(rows),
    at: Float64Array.from(at),
    likers,
    likedAt: Float64Array.from(likedAt),
  }
}

/** The topic of most of the rows, of equals the one with the smaller index; -1 where no row has a topic. */
function commonestTopic(rows: Int32Array, topicAt: (row: number) => number): number {
  const counts = new Map<number, number>()
  for (const row of rows) {
    const topic = topicAt(row)
    if (topic >= 0) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])
  return best?.[0] ?? -1
}

/** Joins parts into one, in order; the users of each part must come after those of the part before. */
export function joinUserInterests(parts: readonly UserInterests[]): UserInterests {
  return {
    users: joinArrays(Int32Array, parts, ({ users }) => users),
    ids: parts.flatMap(({ ids }) => ids),
    labels: parts.flatMap(({ labels }) => labels),
    topics: joinArrays(Int32Array, parts, ({ topics }) => topics),
    weights: joinArrays(Float64Array, parts, ({ weights }) => weights),
    confidences: joinArrays(Float64Array, parts, ({ confidences }) => confidences),
    rows: {
      offsets: joinOffsets(parts.map(({ rows }) => rows.offsets)),
      values: joinArrays(Int32Array, parts, ({ rows }) => rows.values),
    },
    at: joinArrays(Float64Array, parts, ({ at }) => at),
    likers: parts.reduce((sum, { likers }) => sum + likers, 0),
    likedAt: joinArrays(Float64Array, parts, ({ likedAt }) => likedAt),
  }
}
