import type { Lists } from '../../columns.js'

/** The rows of the catalogue that occur in some lists, numbered 0, 1, 2 … */
export interface Numbering {
  /** Number -> row, ascending. */
  rows: Int32Array
  /** Row -> number, -1 where it does not occur. */
  numbers: Int32Array
}

/** Numbers the rows that occur in lists. `items`: size of the catalogue. */
export function numberRows(lists: Lists, items: number): Numbering {
  const rows = Int32Array.from(new Set(lists.values)).sort()
  const numbers = new Int32Array(items).fill(-1)
  rows.forEach((row, number) => {
    numbers[row] = number
  })
  return { rows, numbers }
}
