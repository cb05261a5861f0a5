/** Sets that one search may try. */
const MOST_TRIES = 100
/** A set larger than this explains nothing to anyone. */
const MOST_ITEMS = 64

export type CounterfactualResult<Answer> = { remove: number[]; after: Answer } | { reason: 'still-listed' | 'limit' }

/**
 * Looks for a small set of history rows without which the item leaves the list: adds them by falling effect until it
 * does, then drops every one that can be spared. Each step is a full answer without the set, so what is said holds.
 * `ordered`: history rows by falling effect; `leave`: the answer without a set, null where the item is still listed.
 */
export function findCounterfactual<Answer>(
  ordered: readonly number[],
  answerWithout: (rows: ReadonlySet<number>) => Answer | null,
): CounterfactualResult<Answer> {
  let triesLeft = MOST_TRIES
  // Smaller sets come up again when it is looked for what can be spared.
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
  // Doubling steps: a long history is not walked item by item, and what is too much is dropped below.
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
    // The weakest first: they are the likeliest to be spared. Halves before single items where the set is large.
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
