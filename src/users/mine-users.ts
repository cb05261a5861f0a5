import { mineProfile } from '../answer/read.js'
import type { EventColumns, History, MinedUser, StoredInterest } from '../columns.js'
import type { MineModel } from '../mine/interests.js'
import type { EarlierInterest } from '../mine/lineage.js'
import { type BehaviourRules, lookupRows, readHistory, splitUsers, toEarlierInterests } from '../model/histories.js'

/** Some users whose interests are to be mined. */
export interface UsersPart {
  /** All events of the users, those of one user together. */
  columns: EventColumns
  /** Store key of a user -> the interests stored with the generation before. */
  earlier: Map<number, StoredInterest[]>
}

/** Input of `mineUsers`. */
export interface MineUsersInput extends UsersPart {
  model: MineModel
  /** How events become histories. */
  rules: BehaviourRules
}

/**
 * Mines the interests of users as a generation stores them, without edits, because edits can be taken back. Users
 * without interests and without changes are left out. `pause` is awaited before each user; rejects with what it throws.
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

/**
 * The users of a part, each with the history up to `until` (ms; NaN: all of it) and the earlier interests. `user`:
 * store key.
 */
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
