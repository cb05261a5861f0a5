import type { History } from '../types.js'

/** History items are considered for citing this far back. */
const DEPTH = 60
/** An exact effect is computed for this many, and this many are cited. */
export const CONSIDERED = 5
export const CITED = 3

export interface ShareInput {
  history: History
  /** How strongly each item speaks for the recommendation by the features that can be split, any scale, >= 0. */
  shareOf: (position: number) => number
}

/** Positions in the history that speak most for a recommendation, strongest first, at most CONSIDERED. */
export function considerEvidence({ history, shareOf }: ShareInput): number[] {
  const n = history.rows.length
  const shares: { position: number; share: number }[] = []
  for (let position = n - 1; position >= Math.max(0, n - DEPTH); position--) {
    const share = shareOf(position)
    if (share > 0) shares.push({ position, share })
  }
  return shares
    .sort((a, b) => b.share - a.share || b.position - a.position)
    .slice(0, CONSIDERED)
    .map(({ position }) => position)
}

/** Effects smaller than this are rounding, not evidence. */
const SMALLEST_EFFECT = 1e-9

/** Beside the strongest, an item with less than this share of its effect is not worth citing. */
const LEAST_SHARE = 0.02

/** Keeps what has an exact effect: those that speak for it, strongest first; if none does, the strongest at all. */
export function citeByEffect<C extends { effect: number }>(considered: C[]): C[] {
  const moved = considered.filter(({ effect }) => Math.abs(effect) > SMALLEST_EFFECT)
  const supporting = moved.filter(({ effect }) => effect > 0).sort((a, b) => b.effect - a.effect)
  if (supporting.length > 0)
    return supporting.filter(({ effect }) => effect >= LEAST_SHARE * supporting[0].effect).slice(0, CITED)
  return moved.sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)).slice(0, 1)
}
