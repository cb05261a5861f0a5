import type { Catalogue } from '../../columns.js'
import { categoryLists } from '../../ingest/catalogue.js'
import type { Item } from '../../types/items.js'

/** The leaf category of each item: the whole of its first path, or all its tags together where categories are tags. */
export interface Leaves {
  /** Row -> leaf, -1 where the item has none. */
  of: Int32Array
  /** Leaf -> the names of its path, from broad to fine; of tags, sorted. */
  names: string[][]
  /** Leaf -> its rows that are still in the catalogue, ascending. */
  rows: Int32Array[]
  /** Row -> number of the path above its leaf, -1 where there is none. */
  parents: Int32Array
}

/** Numbers the leaf categories of a catalogue, 0, 1, 2 … in order of rows. `items`: one a row. */
export function numberLeaves(items: readonly Item[], { categoryKind, removed }: Catalogue): Leaves {
  const numbers = new Map<string, number>()
  const above = new Map<string, number>()
  const names: string[][] = []
  const rows: number[][] = []
  const parents = new Int32Array(items.length).fill(-1)
  const of = Int32Array.from(items, (item, row) => {
    const lists = categoryLists(item)
    const path = categoryKind === 'paths' ? (lists[0] ?? []) : [...new Set(lists.flat())].sort()
    if (path.length === 0) return -1
    const leaf = numberOf(numbers, path)
    if (leaf === names.length) {
      names.push(path)
      rows.push([])
    }
    if (categoryKind === 'paths' && path.length > 1) parents[row] = numberOf(above, path.slice(0, -1))
    if (!removed[row]) rows[leaf].push(row)
    return leaf
  })
  return { of, names, rows: rows.map((list) => Int32Array.from(list)), parents }
}

function numberOf(numbers: Map<string, number>, path: readonly string[]): number {
  const key = JSON.stringify(path)
  const number = numbers.get(key) ?? numbers.size
  numbers.set(key, number)
  return number
}
