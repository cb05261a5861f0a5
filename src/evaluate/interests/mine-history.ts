import { mineProfile } from '../../answer/read.js'
import type { History, Profile } from '../../columns.js'
import type { MineModel } from '../../mine/interests.js'

/**
 * Mines a history by the function that serves, "now" being its newest event. All parts of this evaluation mine by it.
 * `earlier`: a profile that the interests inherit ids and labels from, as served ones do from those of the generation.
 */
export function mineHistory(model: MineModel, history: History, earlier?: Profile): Profile {
  return mineProfile(model, { history, earlier: earlier?.interests }, history.lastAt.at(-1) ?? Number.NaN).profile
}
