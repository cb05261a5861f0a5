import { mineProfile } from '../../answer/read.js'
import type { MineModel } from '../../mine/interests.js'
import type { History, Profile } from '../../types.js'

/**
 * The profile that a user would be shown: the one way in which this evaluation mines. "Now" is the newest event;
 * `earlier` is what was mined when the generation came into use, from which interests inherit.
 */
export function mineHistory(model: MineModel, history: History, earlier?: Profile): Profile {
  return mineProfile(model, { history, earlier: earlier?.interests }, history.lastAt.at(-1) ?? Number.NaN).profile
}
