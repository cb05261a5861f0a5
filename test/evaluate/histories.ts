import type { History, Polarity } from '../../src/columns.js'
import { foldHistory } from '../../src/mine/history.js'

/** One event: row, time in ms (NaN unknown), and its polarity; positive where left out. */
export type TestEvent = [row: number, at: number, polarity?: Polarity]

/** A history from events in order of time. */
export function historyOf(events: TestEvent[]): History {
  const values = new Float64Array(events.length).fill(Number.NaN)
  // A weak event is one with a middling rating.
  events.forEach(([, , polarity], i) => {
    if (polarity === 'weak') values[i] = 3
  })
  return foldHistory({
    rows: Int32Array.from(events, ([row]) => row),
    types: events.map(() => 'view'),
    at: Float64Array.from(events, ([, at]) => at),
    values,
    dwells: new Float64Array(events.length).fill(Number.NaN),
    weights: new Float64Array(events.length).fill(1),
    polarities: events.map(([, , polarity]) => polarity ?? 'implicit-positive'),
  })
}
