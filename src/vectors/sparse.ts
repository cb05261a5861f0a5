import type { Lists, Sparse } from '../columns.js'

/** Packs lists of whole numbers, one after another, into one pair of arrays. */
export function packLists(lists: readonly ArrayLike<number>[]): Lists {
  const offsets = new Uint32Array(lists.length + 1)
  for (let i = 0; i < lists.length; i++) offsets[i + 1] = offsets[i] + lists[i].length
  const values = new Int32Array(offsets[lists.length])
  for (let i = 0; i < lists.length; i++) values.set(lists[i], offsets[i])
  return { offsets, values }
}

/** List `i`, as a view that shares the memory. */
export function listAt(lists: Lists, i: number): Int32Array {
  return lists.values.subarray(lists.offsets[i], lists.offsets[i + 1])
}

/**
 * Sums triplets (from[t], to[t], value[t]) into sparse rows: row r holds the sum of the values of each column, columns
 * ascending, zero sums left out. Whole numbers stay exact in whatever order the triplets come.
 */
export function sumTriplets(rows: number, from: Int32Array, to: Int32Array, value: Int32Array): Sparse<Int32Array> {
  const n = from.length
  const counts = new Uint32Array(rows + 1)
  for (let i = 0; i < n; i++) counts[from[i] + 1]++
  for (let r = 0; r < rows; r++) counts[r + 1] += counts[r]
  const cursor = counts.slice()
  const byRow = new Uint32Array(n)
  for (let i = 0; i < n; i++) byRow[cursor[from[i]]++] = i
  const offsets = new Uint32Array(rows + 1)
  const columns = new Int32Array(n)
  const values = new Int32Array(n)
  let end = 0
  for (let r = 0; r < rows; r++) {
    const slice = byRow.subarray(counts[r], counts[r + 1]).sort((a, b) => to[a] - to[b])
    const start = end
    for (const i of slice) {
      if (end > start && columns[end - 1] === to[i]) values[end - 1] += value[i]
      else {
        columns[end] = to[i]
        values[end++] = value[i]
      }
    }
    // Sums of 0 are dropped, so that adding a triplet and taking it away gives the same as neither.
    let kept = start
    for (let k = start; k < end; k++) {
      if (values[k] === 0) continue
      columns[kept] = columns[k]
      values[kept++] = values[k]
    }
    end = kept
    offsets[r + 1] = end
  }
  return { offsets, columns: columns.slice(0, end), values: values.slice(0, end) }
}
