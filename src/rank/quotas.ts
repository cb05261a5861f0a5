import type { InterestState } from '../types/answers.js'

/** What the places of a list are shared out to: an interest, or a wish, which has weight 0. */
export interface PlaceOwner {
  /** Share of the liked history, 0..1. */
  weight: number
  state: InterestState
}

/** Share of the list for wishes. */
const WISHED_SHARE = 0.3
/** Largest share of the list for wishes, however many there are and however they are boosted. */
const MOST_WISHED = 0.5

/** Share of the list for each owner: its weight times its boost, divided by their sum where that is above 1. */
export function listShares(owners: readonly PlaceOwner[]): Float64Array {
  const shares = Float64Array.from(owners, ({ weight, state }) => weight * state.boost)
  const total = shares.reduce((sum, share) => sum + share, 0)
  return total > 1 ? shares.map((share) => share / total) : shares
}

/**
 * Number of places for each wish in a list of `limit`. `wishes`: newest first. Three of ten places are shared out
 * evenly among those that are not muted, times the boost of each, at least one each, until half of the list is used up.
 * A muted wish gets 0.
 */
export function allotWishes(limit: number, wishes: readonly { state: InterestState }[]): Int32Array {
  const active = wishes.filter(({ state }) => !state.muted).length
  let left = Math.floor(limit * MOST_WISHED)
  return Int32Array.from(wishes, ({ state }) => {
    if (state.muted) return 0
    const places = Math.min(left, Math.max(1, Math.round((limit * WISHED_SHARE * state.boost) / active)))
    left -= places
    return places
  })
}
