import type { Lists } from '../../columns.js'

/** Rows of the catalogue that occur in lists, numbered 0, 1, 2 … */
export interface Numbering {
  /** Number -> row, ascending. */
  rows: Int32Array
  /** Row -> number, -1 where it does not occur. */
  numbers: Int32Array
}

export function numberRows(lists: Lists, items: number): Numbering {
  const rows = Int32Array.from(new Set(lists.values)).sort()
  const numbers = new Int32Array(items).fill(-1)
  rows.forEach((row, number) => {
    numbers[row] = number
  })
  return { rows, numbers }
}
