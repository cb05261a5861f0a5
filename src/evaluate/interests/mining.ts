import { type MineModel, mineInterests } from '../../mine/interests.js'
import type { History, Profile } from '../../types.js'

/** The profile that a user would be shown: the one way in which this evaluation mines. "Now" is the newest event. */
export function mineHistory(model: MineModel, history: History): Profile {
  return mineInterests({ history, model, now: history.lastAt.at(-1) ?? Number.NaN })
}
