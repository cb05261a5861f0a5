import type { Lists, Sparse } from '../columns.js'
import { listAt, sumTriplets } from '../vectors/sparse.js'

/**
 * Counts are whole numbers of 1/5040, so that sums are exact in any order: 1/gap and .5/gap are whole for gaps of up to
 * 10.
 */
const UNIT = 5040
const BACKWARD = UNIT / 2
/** Cost of looking up one entry of a row, in entries passed when the whole row is read. */
const LOOK_UP = 4
/** Largest distance of two items in a history at which they are counted. */
const WINDOW = 10

/**
 * How often items follow one another in histories, as item-to-item counts (Linden, Smith and York 2003). raw(i -> j)
 * grows by 1/gap where j comes after i in a history and by .5/gap where it comes before, for gaps of up to 10 items.
 */
export interface Covisits {
  /** Sparse n x n, in units of 1/5040. */
  counts: Sparse<Int32Array>
  /** Sums of the rows and of the columns, in units of 1/5040, changes included. */
  rowSums: Float64Array
  columnSums: Float64Array
  /** Number of users who have the item in their history. */
  users: Int32Array
  /**
   * Changes since the counts were packed: row -> column -> difference. Null where the counts are not open for changes.
   */
  overlay: Map<number, Map<number, number>> | null
}

/**
 * Counts co-visits. `histories`: one list of distinct rows a user, oldest first; `items`: number of items. With
 * `groupOfRow` (row -> group, -1 for none), groups of items are counted instead and `items` is the number of groups; a
 * row in no group is not counted but still counts as a step between others.
 */
export function countCovisits(histories: Lists, items: number, groupOfRow?: Int32Array): Covisits {
  const n = histories.offsets.length - 1
  let pairs = 0
  for (let u = 0; u < n; u++) {
    const length = histories.offsets[u + 1] - histories.offsets[u]
    for (let i = 1; i < length; i++) pairs += Math.min(i, WINDOW)
  }
  const from = new Int32Array(2 * pairs)
  const to = new Int32Array(2 * pairs)
  const value = new Int32Array(2 * pairs)
  const users = new Int32Array(items)
  let k = 0
  for (let u = 0; u < n; u++) {
    const rows = groupsOf(listAt(histories, u), groupOfRow)
    for (const row of rows) if (row >= 0) users[row]++
    forEachPair(rows, (i, j, units) => {
      from[k] = i
      to[k] = j
      value[k++] = units
    })
  }
  const counts = sumTriplets(items, from.subarray(0, k), to.subarray(0, k), value.subarray(0, k))
  const rowSums = new Float64Array(items)
  const columnSums = new Float64Array(items)
  for (let row = 0; row < items; row++) {
    for (let at = counts.offsets[row]; at < counts.offsets[row + 1]; at++) {
      rowSums[row] += counts.values[at]
      columnSums[counts.columns[at]] += counts.values[at]
    }
  }
  return { counts, rowSums, columnSums, users, overlay: null }
}

const groupsOf = (rows: Int32Array, groups?: Int32Array) => (groups ? rows.map((row) => groups[row]) : rows)

function forEachPair(rows: ArrayLike<number>, visit: (from: number, to: number, units: number) => void): void {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] < 0) continue
    for (let j = i + 1; j < rows.length && j - i <= WINDOW; j++) {
      if (rows[j] < 0) continue
      visit(rows[i], rows[j], UNIT / (j - i))
      visit(rows[j], rows[i], BACKWARD / (j - i))
    }
  }
}

/**
 * A copy of the counts that `changeCovisits` may change: packed counts are shared, sums and users are copied. `items`
 * may be larger than before.
 */
export function openCovisits(covisits: Covisits, items: number): Covisits {
  const grow = <T extends Float64Array | Int32Array>(old: T): T => {
    const copy = new (old.constructor as { new (n: number): T })(items)
    copy.set(old)
    return copy
  }
  return {
    counts: covisits.counts,
    rowSums: grow(covisits.rowSums),
    columnSums: grow(covisits.columnSums),
    users: grow(covisits.users),
    overlay: new Map([...(covisits.overlay ?? [])].map(([row, cells]) => [row, new Map(cells)])),
  }
}

/**
 * Changes opened counts, in place, for users whose histories went from `before` to `after`. Exact: the result equals
 * counting all histories again. Throws a TypeError where the counts are not opened (`openCovisits`). `groupOfRow`: as
 * for `countCovisits`.
 */
export function changeCovisits(
  covisits: Covisits,
  changes: readonly { before: Int32Array; after: Int32Array }[],
  groupOfRow?: Int32Array,
): void {
  const { overlay } = covisits
  if (!overlay) throw new TypeError('these co-visits are not open for changes')
  const apply = (rows: Int32Array, sign: 1 | -1) => {
    const groups = groupsOf(rows, groupOfRow)
    for (const row of groups) if (row >= 0) covisits.users[row] += sign
    forEachPair(groups, (i, j, units) => {
      const cells = overlay.get(i) ?? new Map<number, number>()
      overlay.set(i, cells)
      cells.set(j, (cells.get(j) ?? 0) + sign * units)
      covisits.rowSums[i] += sign * units
      covisits.columnSums[j] += sign * units
    })
  }
  for (const { before, after } of changes) {
    apply(before, -1)
    apply(after, 1)
  }
}

/** Calls `visit(column, count)` for each item seen with `row`; counts in units of 1/5040, above 0, changes included. */
export function forEachCovisit(covisits: Covisits, row: number, visit: (column: number, count: number) => void): void {
  const { counts, overlay } = covisits
  const cells = overlay?.get(row)
  if (row + 1 < counts.offsets.length) {
    for (let at = counts.offsets[row]; at < counts.offsets[row + 1]; at++) {
      const column = counts.columns[at]
      const count = counts.values[at] + (cells?.get(column) ?? 0)
      if (count > 0) visit(column, count)
    }
  }
  if (!cells) return
  for (const [column, count] of cells) if (count > 0 && !isPacked(counts, row, column)) visit(column, count)
}

/**
 * The same for some columns only. Looks them up one by one where that costs less than reading the whole row; the order
 * of visits may differ.
 */
export function forEachCovisitOf(
  covisits: Covisits,
  row: number,
  columns: ReadonlySet<number>,
  visit: (column: number, count: number) => void,
): void {
  const { counts, overlay } = covisits
  const packed = row + 1 < counts.offsets.length ? counts.offsets[row + 1] - counts.offsets[row] : 0
  if (columns.size * LOOK_UP > packed) {
    forEachCovisit(covisits, row, (column, count) => {
      if (columns.has(column)) visit(column, count)
    })
    return
  }
  const cells = overlay?.get(row)
  for (const column of columns) {
    const at = placeOf(counts, row, column)
    const count = (at < 0 ? 0 : counts.values[at]) + (cells?.get(column) ?? 0)
    if (count > 0) visit(column, count)
  }
}

function isPacked(counts: Sparse<Int32Array>, row: number, column: number): boolean {
  return placeOf(counts, row, column) >= 0
}

/** Index of an entry in the packed counts, -1 where it has none. */
function placeOf({ offsets, columns }: Sparse<Int32Array>, row: number, column: number): number {
  if (row + 1 >= offsets.length) return -1
  let low = offsets[row]
  let high = offsets[row + 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (columns[middle] < column) low = middle + 1
    else high = middle
  }
  return low < offsets[row + 1] && columns[low] === column ? low : -1
}
