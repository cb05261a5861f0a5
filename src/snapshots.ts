import { type BehaviourRules, lookupRows, type RowLookup, readHistory, splitUsers } from './behaviour.js'
import type { MineModel } from './mine/interests.js'
import type { EarlierInterest } from './mine/lineage.js'
import { mineProfile } from './reading.js'
import type { EventColumns, MinedUser, StoredInterest } from './store/store.js'

/** Users to be mined, by their events. */
export interface MineUsersInput {
  model: MineModel
  rules: BehaviourRules
  /** Whole users, one after another. */
  columns: EventColumns
  /** The interests that users had in the generation before. */
  earlier: Map<number, StoredInterest[]>
}

/**
 * The interests of each user as a generation keeps them, edits aside: those may be taken back. `pause` is awaited before
 * each user.
 */
export async function mineUsers(
  { model, rules, columns, earlier }: MineUsersInput,
  pause: () => Promise<void>,
): Promise<MinedUser[]> {
  const { catalogue } = model
  const rowOf = lookupRows(catalogue)
  const mined: MinedUser[] = []
  for (const own of splitUsers(columns, 1)) {
    await pause()
    const user = own.users[0]
    const history = readHistory(own, 0, own.users.length, catalogue, rowOf, rules)
    const before = placeEarlier(earlier.get(user) ?? [], rowOf)
    const { profile, changes } = mineProfile(model, { history, earlier: before }, Number.NaN)
    const interests = profile.interests.map(({ id, level, label, head, modifiers, rows }): StoredInterest => {
      return { id, level, label, head, modifiers, items: Array.from(rows, (row) => catalogue.keys[row]) }
    })
    if (interests.length + changes.length > 0) mined.push({ user, interests, changes })
  }
  return mined
}

/** Stored interests in a catalogue; items that are no longer in it are left out of the evidence. */
export function placeEarlier(stored: readonly StoredInterest[], rowOf: RowLookup): EarlierInterest[] {
  return stored.map(({ items, ...interest }) => {
    return { ...interest, rows: Int32Array.from(items, rowOf).filter((row) => row >= 0) }
  })
}
