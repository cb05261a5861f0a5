import type { History } from '../columns.js'

/** Only the newest so many items of a history are considered as evidence. */
const DEPTH = 60
/** Items whose exact effect is computed. */
export const CONSIDERED = 5
/** Items that are cited at most. */
export const CITED = 3

/** Input of `considerEvidence`. */
export interface ShareInput {
  history: History
  /**
   * How strongly the item at a position of the history speaks for the recommendation, by the features that can be split
   * among items: 0 or more, on any scale.
   */
  shareOf: (position: number) => number
}

/**
 * Positions in the history of the items that speak most for a recommendation, strongest first, at most CONSIDERED.
 * Items with share 0 are left out.
 */
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

/** Smaller effects, in logits, are rounding errors. */
const SMALLEST_EFFECT = 1e-9

/** An item with less than this share of the strongest effect is not cited. */
const LEAST_SHARE = 0.02

/**
 * Selects what is cited by exact effects (in logits): the items that speak for the recommendation, strongest first, at
 * most CITED; where none does, the one with the largest effect of either sign.
 */
export function citeByEffect<C extends { effect: number }>(considered: C[]): C[] {
  const moved = considered.filter(({ effect }) => Math.abs(effect) > SMALLEST_EFFECT)
  const supporting = moved.filter(({ effect }) => effect > 0).sort((a, b) => b.effect - a.effect)
  if (supporting.length > 0)
    return supporting.filter(({ effect }) => effect >= LEAST_SHARE * supporting[0].effect).slice(0, CITED)
  return moved.sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)).slice(0, 1)
}
