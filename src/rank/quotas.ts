import type { InterestState } from '../types/answers.js'

/** What can have places in a list: an interest by its weight, or a wish, which has none. */
export interface PlaceOwner {
  weight: number
  state: InterestState
}

/** Of ten places, so many are for what the user asked for in words, … */
const WISHED_SHARE = 0.3
/** … and never more than this share, however many wishes there are and however they are boosted. */
const MOST_WISHED = 0.5

/** Shares of the list, boosts included. */
export function listShares(holders: readonly PlaceOwner[]): Float64Array {
  const shares = Float64Array.from(holders, ({ weight, state }) => weight * state.boost)
  const total = shares.reduce((sum, share) => sum + share, 0)
  return total > 1 ? shares.map((share) => share / total) : shares
}

/**
 * Places that each wish gets, newest first: three of ten are shared out evenly, times the boost, one each at least, as
 * long as that is no more than half of the list.
 */
export function wishPlaces(limit: number, wishes: readonly { state: InterestState }[]): Int32Array {
  const active = wishes.filter(({ state }) => !state.muted).length
  let left = Math.floor(limit * MOST_WISHED)
  return Int32Array.from(wishes, ({ state }) => {
    if (state.muted) return 0
    const places = Math.min(left, Math.max(1, Math.round((limit * WISHED_SHARE * state.boost) / active)))
    left -= places
    return places
  })
}
