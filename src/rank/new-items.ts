/** The newest share of all events, which tells how often something new is taken. */
const NEWEST_SHARE = 0.1
/** New items taken at least so often in it, or nothing is told. */
const LEAST_TAKEN = 20
/** What new items are given beyond their odds, in logits: who is never shown is never learnt about. */
const EXPLORATION = 0.5

/**
 * How much likelier an item is taken that nobody has had yet than its share of the catalogue says, as a logarithm of
 * odds: in the newest tenth of the events, those on items that had none before, against the items that had none. 0 where
 * events are undated or too few. `rows`: item of each event; `at`: when, ms, NaN unknown.
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
