import type { Catalogue, EventColumns, History, Lists, Polarity, StoredInterest } from '../columns.js'
import { weighEvent } from '../ingest/weights.js'
import { foldHistory, orderEvents } from '../mine/history.js'
import type { EarlierInterest } from '../mine/lineage.js'
import type { WeightTable } from '../types/items.js'
import { packLists } from '../vectors/sparse.js'

/** How stored events become a history. */
export interface BehaviourRules {
  /** Weight of each event kind. */
  table: WeightTable
  /** Largest rating of the store, null where there is none. */
  ratingMax: number | null
}

/** Gives the catalogue row of an item's store key, -1 where the item is not in the catalogue. */
export type RowLookup = (key: number) => number

/** The row lookup of a catalogue: an array as long as the largest key is built once. */
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
 * Folds the events of one user into a history. The events are positions `from` to `to` (exclusive) of the columns, in
 * arrival order. `rowOf` gives the catalogue row of an item key; events on items outside the catalogue count in `total`
 * and nowhere else. Events after `now` (ms) are left out; NaN: none is.
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

/**
 * Cuts columns into parts of at most `most` users. The columns must hold the events of one user together; so does each
 * part, which is a copy.
 */
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

/** Catalogue rows that the user liked and not only weakly (`History.strong`), oldest first. Statistics count these. */
export function positiveRows(history: History): Int32Array {
  return history.rows.filter((_, i) => history.strong[i] === 1)
}

/** As `positiveRows`, with the time of the latest event on each: ms, NaN where unknown. */
export function positivesOf(history: History): { rows: Int32Array; at: Float64Array } {
  return { rows: positiveRows(history), at: history.lastAt.filter((_, i) => history.strong[i] === 1) }
}

/** Positive rows of many users. */
export interface Positives {
  /** One list a user: catalogue rows, oldest first. */
  lists: Lists
  /** Time of each entry of `lists.values`: ms, NaN where unknown. */
  at: Float64Array
}

/** Packs the positive rows of users, as `positivesOf` gives them, into columns, in the same order. */
export function packPositives(users: readonly { rows: Int32Array; at: Float64Array }[]): Positives {
  const lists = packLists(users.map(({ rows }) => rows))
  const at = new Float64Array(lists.values.length)
  users.forEach((user, i) => {
    at.set(user.at, lists.offsets[i])
  })
  return { lists, at }
}

/** Stored interests with their evidence as catalogue rows. Items that are no longer in the catalogue are left out. */
export function toEarlierInterests(stored: readonly StoredInterest[], rowOf: RowLookup): EarlierInterest[] {
  return stored.map(({ items, ...interest }) => {
    return { ...interest, rows: Int32Array.from(items, rowOf).filter((row) => row >= 0) }
  })
}

/**
 * The history of each user, in the order of the events. `events`: blocks of columns, each with all events of the users
 * that it holds, those of one user together.
 */
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

/** The positive rows of each user, as `fit` takes them. Takes what `readHistories` takes. */
export async function gatherHistories(...from: Parameters<typeof readHistories>): Promise<Positives> {
  const users: { rows: Int32Array; at: Float64Array }[] = []
  for await (const history of readHistories(...from)) users.push(positivesOf(history))
  return packPositives(users)
}
