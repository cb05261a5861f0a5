import type { Query, Vectors } from '../../columns.js'
import type { InterestState } from '../../types/answers.js'
import { dotVector } from '../../vectors/matrix.js'
import type { EditState } from './edits.js'

/** A phrase that the user added: an interest without evidence or weight. */
export interface EditedWish {
  id: string
  label: string
  phrase: string
  /** Null where the store cannot encode it: the wish is kept, and finds nothing. */
  query: Query | null
  addedAt: string | null
  state: InterestState
}

/**
 * Cosines with a phrase say little by themselves: vague ones are near to nothing. An item matches from this share of
 * the best match on, …
 */
const BEST_SHARE = 0.65
/** … but below this cosine nothing has to do with it. */
const LEAST_MATCH = 0.15

/** So many items match a phrase at most: those that become candidates. */
export const MOST_MATCHES = 60

/** Cosine from which on an item matches a phrase, by those of the nearest MOST_MATCHES of the catalogue, best first. */
export function leastMatch(nearest: ArrayLike<number>): number {
  return Math.max(LEAST_MATCH, BEST_SHARE * (nearest[0] ?? 0), nearest[MOST_MATCHES - 1] ?? 0)
}

/** The wishes in force, newest first, labels unlike each other. */
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

/** The wish that a row matches best, and how well; -1 where it matches none. A muted wish matches nothing. */
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

/** Whether a row is what a phrase asks for. */
export function matches(query: Query, vectors: Vectors, row: number): boolean {
  return cosineOf(query, vectors, row) >= query.least
}

function cosineOf({ vector }: Query, vectors: Vectors, row: number): number {
  return dotVector(vectors, row, vector)
}
