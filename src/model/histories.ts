import type { Catalogue, EventColumns, History, Lists, StoredInterest } from '../columns.js'
import { weighEvent } from '../ingest/weights.js'
import { foldHistory, orderEvents, type Polarity } from '../mine/history.js'
import type { EarlierInterest } from '../mine/lineage.js'
import type { WeightTable } from '../types/items.js'
import { packLists } from '../vectors/sparse.js'

/** What turns stored events into a history. */
export interface BehaviourRules {
  table: WeightTable
  /** Largest rating of the store, null where there is none. */
  ratingMax: number | null
}

/** Store key -> row, -1 where the item is not in the catalogue. */
export type RowLookup = (key: number) => number

export function lookupRows(catalogue: Catalogue): RowLookup {
  let most = 0
  for (const key of catalogue.keys) most = Math.max(most, key)
  const rows = new Int32Array(most + 1).fill(-1)
  catalogue.keys.forEach((key, row) => {
    rows[key] = row
  })
  return (key) => (key < rows.length ? rows[key] : -1)
}

/**
 * One user's events (positions `from`..`to` of the columns, arrival order) as a history. `now` (ms) hides what is
 * later; NaN hides nothing.
 */
export function readHistory(
  columns: EventColumns,
  from: number,
  to: number,
  catalogue: Pick<Catalogue, 'readingSeconds'>,
  rowOf: RowLookup,
  { table, ratingMax }: BehaviourRules,
  now = Number.NaN,
): History {
  const known: number[] = []
  let total = 0
  for (const i of orderEvents(columns.at.subarray(from, to))) {
    if (columns.at[from + i] > now) continue
    total++
    if (rowOf(columns.items[from + i]) >= 0) known.push(from + i)
  }
  const pick = (values: Float64Array) => Float64Array.from(known, (i) => values[i])
  const rows = Int32Array.from(known, (i) => rowOf(columns.items[i]))
  const weights = new Float64Array(known.length)
  const polarities: Polarity[] = []
  known.forEach((i, k) => {
    const event = { type: columns.kinds[i], value: columns.values[i], dwell: columns.dwells[i] }
    const { weight, polarity } = weighEvent(event, catalogue.readingSeconds[rows[k]], table, ratingMax ?? 5)
    weights[k] = weight
    polarities.push(polarity)
  })
  const types = known.map((i) => columns.kinds[i])
  const history = foldHistory({
    rows,
    types,
    at: pick(columns.at),
    values: pick(columns.values),
    dwells: pick(columns.dwells),
    weights,
    polarities,
  })
  return { ...history, total }
}

/** Parts of so many users each, whole ones; the columns hold whole users one after another. */
export function* splitUsers(columns: EventColumns, most: number): Generator<EventColumns> {
  const { users, items, kinds, at, values, dwells, quantities } = columns
  let from = 0
  for (let i = 1, count = 1; i <= users.length; i++) {
    if (i < users.length && (users[i] === users[i - 1] || count++ < most)) continue
    yield {
      users: users.slice(from, i),
      items: items.slice(from, i),
      kinds: kinds.slice(from, i),
      at: at.slice(from, i),
      values: values.slice(from, i),
      dwells: dwells.slice(from, i),
      quantities: quantities.slice(from, i),
    }
    from = i
    count = 1
  }
}

/** The rows that statistics are counted from, liked without reserve, oldest first. */
export function positiveRows(history: History): Int32Array {
  return history.rows.filter((_, i) => history.strong[i] === 1)
}

/** The same with when each was liked. */
export function positivesOf(history: History): { rows: Int32Array; at: Float64Array } {
  return { rows: positiveRows(history), at: history.lastAt.filter((_, i) => history.strong[i] === 1) }
}

/** Positive rows of many users, oldest first, and when (ms, NaN unknown), alongside `lists.values`. */
export interface Positives {
  lists: Lists
  at: Float64Array
}

export function packPositives(users: readonly { rows: Int32Array; at: Float64Array }[]): Positives {
  const lists = packLists(users.map(({ rows }) => rows))
  const at = new Float64Array(lists.values.length)
  users.forEach((user, i) => {
    at.set(user.at, lists.offsets[i])
  })
  return { lists, at }
}
/** Stored interests in a catalogue; items that are no longer in it are left out of the evidence. */
export function placeEarlier(stored: readonly StoredInterest[], rowOf: RowLookup): EarlierInterest[] {
  return stored.map(({ items, ...interest }) => {
    return { ...interest, rows: Int32Array.from(items, rowOf).filter((row) => row >= 0) }
  })
}
/** Every user's history, one after another. Columns hold whole users. */
export async function* readHistories(
  events: AsyncIterable<EventColumns>,
  catalogue: Catalogue,
  rowOfKey: RowLookup,
  rules: BehaviourRules,
): AsyncIterable<History> {
  for await (const columns of events) {
    const { users } = columns
    for (let from = 0; from < users.length; ) {
      let to = from + 1
      while (to < users.length && users[to] === users[from]) to++
      yield readHistory(columns, from, to, catalogue, rowOfKey, rules)
      from = to
    }
  }
}
/** Every user's positive rows, for fitting. */
export async function gatherHistories(...from: Parameters<typeof readHistories>): Promise<Positives> {
  const users: { rows: Int32Array; at: Float64Array }[] = []
  for await (const history of readHistories(...from)) users.push(positivesOf(history))
  return packPositives(users)
}
