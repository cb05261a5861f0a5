import type { Lists, Sparse } from '../../columns.js'
import { listAt, packLists } from '../../vectors/sparse.js'

/** Transposes lists of rows, one a user, to lists of users, ascending, one for each of `rows` rows. */
export function transposeLists(lists: Lists, rows: number): Lists {
  const users: number[][] = Array.from({ length: rows }, () => [])
  for (let u = 0; u < lists.offsets.length - 1; u++) for (const row of listAt(lists, u)) users[row].push(u)
  return packLists(users)
}

/**
 * An upper bound on the number of values that `countCooccurrences` gives: ordered pairs of items of one user, summed.
 */
export function boundPairs(lists: Lists): number {
  let pairs = 0
  for (let u = 0; u < lists.offsets.length - 1; u++) {
    const length = lists.offsets[u + 1] - lists.offsets[u]
    pairs += length * (length - 1)
  }
  return pairs
}

/**
 * How many users have both of two items: a sparse items x items matrix, symmetric, without the diagonal. `pause` is
 * awaited every 64 rows and may throw to stop.
 */
export async function countCooccurrences(
  lists: Lists,
  items: number,
  pause: () => Promise<void>,
): Promise<Sparse<Int32Array>> {
  const users = transposeLists(lists, items)
  const counts = new Int32Array(items)
  const rows: { columns: Int32Array; values: Int32Array }[] = []
  const offsets = new Uint32Array(items + 1)
  for (let row = 0; row < items; row++) {
    if (row % 64 === 0) await pause()
    const met: number[] = []
    for (const user of listAt(users, row)) {
      for (const other of listAt(lists, user)) if (other !== row && counts[other]++ === 0) met.push(other)
    }
    const columns = Int32Array.from(met).sort()
    rows.push({ columns, values: columns.map((other) => counts[other]) })
    for (const other of met) counts[other] = 0
    offsets[row + 1] = offsets[row] + columns.length
  }
  const together = { offsets, columns: new Int32Array(offsets[items]), values: new Int32Array(offsets[items]) }
  rows.forEach(({ columns, values }, row) => {
    together.columns.set(columns, offsets[row])
    together.values.set(values, offsets[row])
  })
  return together
}
