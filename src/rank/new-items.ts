/** Share of the dated events, the newest, in which events on new items are counted. */
const NEWEST_SHARE = 0.1
/** Events on new items that are needed for an estimate. */
const LEAST_TAKEN = 20
/** Logits added to the estimate: nothing can be learnt about items that are never recommended. */
const EXPLORATION = 0.5

/**
 * Estimates how much likelier new items are taken than their share of the catalogue says, as a difference of log-odds:
 * the odds that an event of the newest tenth is on an item without earlier events, over the odds that an item has no
 * earlier events, plus .5. 0 where events are undated, or fewer than 20 are on new items. `rows`: catalogue row of each
 * event; `at`: its time in ms, NaN where unknown; `items`: number of items.
 */
export function estimateNewItemOdds(rows: Int32Array, at: Float64Array, items: number): number {
  const dated = at.filter((time) => !Number.isNaN(time)).sort()
  if (dated.length === 0) return 0
  const cut = dated[Math.min(dated.length - 1, Math.floor((1 - NEWEST_SHARE) * dated.length))]
  const known = new Uint8Array(items)
  rows.forEach((row, i) => {
    if (at[i] < cut) known[row] = 1
  })
  let taken = 0
  let all = 0
  rows.forEach((row, i) => {
    if (!(at[i] >= cut)) return
    all++
    if (!known[row]) taken++
  })
  const unknown = known.reduce((n, one) => n + 1 - one, 0)
  if (taken < LEAST_TAKEN || taken === all || unknown === items) return 0
  return Math.log(taken / (all - taken)) - Math.log(unknown / (items - unknown)) + EXPLORATION
}
