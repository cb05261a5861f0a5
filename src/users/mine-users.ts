import { mineProfile } from '../answer/read.js'
import type { EventColumns, History, MinedUser, StoredInterest } from '../columns.js'
import type { MineModel } from '../mine/interests.js'
import type { EarlierInterest } from '../mine/lineage.js'
import { type BehaviourRules, lookupRows, readHistory, splitUsers, toEarlierInterests } from '../model/histories.js'

/** Users to be mined, by their events. */
export interface UsersPart {
  /** Whole users, one after another. */
  columns: EventColumns
  /** The interests that users had when the generation before came into use. */
  earlier: Map<number, StoredInterest[]>
}

export interface MineUsersInput extends UsersPart {
  model: MineModel
  rules: BehaviourRules
}

/**
 * The interests of each user as a generation keeps them, edits aside: those may be taken back. `pause` is awaited before
 * each user.
 */
export async function mineUsers(input: MineUsersInput, pause: () => Promise<void>): Promise<MinedUser[]> {
  const { model } = input
  const mined: MinedUser[] = []
  for (const { user, ...known } of readUsers(input)) {
    await pause()
    const { profile, changes } = mineProfile(model, known, Number.NaN)
    const interests = profile.interests.map(({ id, level, label, head, modifiers, rows }): StoredInterest => {
      return { id, level, label, head, modifiers, items: Array.from(rows, (row) => model.catalogue.keys[row]) }
    })
    if (interests.length + changes.length > 0) mined.push({ user, interests, changes })
  }
  return mined
}

/** Each user of a part: the history up to `until` (ms; NaN: all of it), and the interests of before. */
export function* readUsers(
  { model: { catalogue }, rules, columns, earlier }: MineUsersInput,
  until = Number.NaN,
): Generator<{ user: number; history: History; earlier: EarlierInterest[] }> {
  const rowOf = lookupRows(catalogue)
  for (const own of splitUsers(columns, 1)) {
    const user = own.users[0]
    const history = readHistory(own, 0, own.users.length, catalogue, rowOf, rules, until)
    yield { user, history, earlier: toEarlierInterests(earlier.get(user) ?? [], rowOf) }
  }
}
