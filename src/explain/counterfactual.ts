/** Sets of history rows that one search tries at most. */
const MOST_TRIES = 100
/** Largest set that is tried: a larger one explains nothing to a person. */
const MOST_ITEMS = 64

/**
 * Rows of the history without which the item leaves the list, and the answer without them; or why none was found: the
 * item stays listed without the whole history, or the limit of tries or items was reached.
 */
export type CounterfactualResult<Answer> = { remove: number[]; after: Answer } | { reason: 'still-listed' | 'limit' }

/**
 * Searches for a small set of history rows without which an item leaves the list: it adds rows by falling effect until
 * the item leaves, then puts back each row that is not needed. Every step is a complete answer without the set, so the
 * result is exact. `ordered`: rows of the history by falling effect; `answerWithout`: the answer without a set of rows,
 * null where the item is still listed.
 */
export function findCounterfactual<Answer>(
  ordered: readonly number[],
  answerWithout: (rows: ReadonlySet<number>) => Answer | null,
): CounterfactualResult<Answer> {
  let triesLeft = MOST_TRIES
  // Sets that were tried while adding come up again while removing.
  const tried = new Map<string, Answer | null>()
  const without = (rows: readonly number[]) => {
    triesLeft--
    const key = [...rows].sort((a, b) => a - b).join()
    const known = tried.get(key)
    const answer = known === undefined ? answerWithout(new Set(rows)) : known
    tried.set(key, answer)
    return answer
  }
  let size = 0
  let after: Answer | null = null
  // The step doubles, so that long histories are not tried item by item; rows too many are put back below.
  const most = Math.min(ordered.length, MOST_ITEMS)
  for (let step = 1; size < most && after === null && triesLeft > 0; ) {
    size = Math.min(most, size + step)
    after = without(ordered.slice(0, size))
    if (size >= 8) step *= 2
  }
  if (after === null) return { reason: size === ordered.length ? 'still-listed' : 'limit' }
  let remove = ordered.slice(0, size)
  for (let changed = true; changed; ) {
    changed = false
    // The weakest rows first, since they are the least likely to be needed; of large sets, halves before single rows.
    for (let chunk = remove.length > 8 ? remove.length >> 1 : 1; chunk >= 1; chunk = chunk > 1 ? chunk >> 1 : 0) {
      for (let end = remove.length; end > 0; end -= chunk) {
        if (triesLeft <= 0) return { reason: 'limit' }
        const kept = [...remove.slice(0, Math.max(0, end - chunk)), ...remove.slice(end)]
        const shorter = kept.length > 0 ? without(kept) : null
        if (shorter === null) continue
        remove = kept
        after = shorter
        changed = true
      }
    }
  }
  return { remove, after }
}
