import type { Query, Vectors } from '../../columns.js'
import type { InterestState } from '../../types/answers.js'
import { dotVector } from '../../vectors/matrix.js'
import type { EditState } from './edits.js'

/** A phrase that the user added, after edits: an interest without evidence or weight. */
export interface EditedWish {
  id: string
  /** The user's name for it, else the phrase; unique among wishes. */
  label: string
  phrase: string
  /** Null where the store cannot encode the phrase: the wish is kept but matches nothing. */
  query: Query | null
  /** ISO 8601, null where unknown. */
  addedAt: string | null
  state: InterestState
}

/**
 * An item matches a phrase from this share of the best item's cosine on: the absolute cosine says little, because vague
 * phrases are near nothing.
 */
const BEST_SHARE = 0.65
/** Below this cosine an item matches no phrase. */
const LEAST_MATCH = 0.15

/** Items that match a phrase at most; these become candidates. */
export const MOST_MATCHES = 60

/**
 * The least cosine at which an item matches a phrase. `nearest`: cosines of the catalogue's nearest MOST_MATCHES items
 * to the phrase, best first.
 */
export function leastMatch(nearest: ArrayLike<number>): number {
  return Math.max(LEAST_MATCH, BEST_SHARE * (nearest[0] ?? 0), nearest[MOST_MATCHES - 1] ?? 0)
}

/** The wishes in force, newest first, with unique labels. */
export function wishesOf(states: readonly EditState[]): EditedWish[] {
  const used = new Set<string>()
  const wishes: EditedWish[] = []
  for (const { interest, wish, rename, muted, boost, pinned, since } of states) {
    if (wish === null) continue
    const wanted = rename ?? wish.phrase
    let label = wanted
    for (let n = 2; used.has(label.toLowerCase()); n++) label = `${wanted} (${n})`
    used.add(label.toLowerCase())
    const addedAt = since.add?.at ?? null
    wishes.push({ id: interest, label, ...wish, addedAt, state: { muted, boost, pinned } })
  }
  return wishes.reverse()
}

/**
 * Index of the wish that a catalogue row matches best, and its cosine; index -1 where it matches none. Muted wishes
 * match nothing.
 */
export function bestWish(
  wishes: readonly EditedWish[],
  vectors: Vectors,
  row: number,
): { index: number; match: number } {
  let index = -1
  let match = 0
  wishes.forEach(({ query, state }, i) => {
    if (query === null || state.muted) return
    const cosine = cosineOf(query, vectors, row)
    if (cosine < query.least || cosine <= match) return
    index = i
    match = cosine
  })
  return { index, match }
}

/** Whether a catalogue row is at least as near to the query as its `least` cosine. */
export function matches(query: Query, vectors: Vectors, row: number): boolean {
  return cosineOf(query, vectors, row) >= query.least
}

function cosineOf({ vector }: Query, vectors: Vectors, row: number): number {
  return dotVector(vectors, row, vector)
}
