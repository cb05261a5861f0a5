import type { InterestChange, InterestLevel, Modality } from './types.js'

/** Events as columns, in arrival order. */
export interface EventColumns {
  users: Int32Array
  items: Int32Array
  kinds: string[]
  /** NaN where unknown, in all four. */
  at: Float64Array
  values: Float64Array
  dwells: Float64Array
  quantities: Float64Array
}
/** An interest as it stood when a generation came into use. */
export interface StoredInterest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  /** Keys of its evidence, oldest first. */
  items: number[]
}
/** What was mined of a user for a generation, and what became of the interests of the one before. */
export interface MinedUser {
  user: number
  interests: StoredInterest[]
  changes: InterestChange[]
}
/** All there are, in the order in which they are kept and told. */
export const MODALITIES: readonly Modality[] = ['image', 'audio']
