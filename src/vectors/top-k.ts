/**
 * Keeps the k largest values of a stream of (row, value). Of equal values the one with the smaller row is kept, so the
 * result does not depend on the order of the stream. A binary heap with the worst on top.
 */
export interface TopK {
  /** Takes one pair of the stream. */
  offer(row: number, value: number): void
  /** Whether `offer` would keep this pair: often cheaper to ask than whether the row is allowed at all. */
  wouldKeep(row: number, value: number): boolean
  /** The kept pairs, largest value first. The collector is empty afterwards. */
  take(): { rows: Int32Array; values: Float64Array }
}

/** A collector of the k largest values. */
export function createTopK(k: number): TopK {
  const rows = new Int32Array(Math.max(k, 1))
  const values = new Float64Array(Math.max(k, 1))
  let size = 0
  const worse = (i: number, row: number, value: number) => values[i] < value || (values[i] === value && rows[i] > row)
  const sink = (start: number, end: number) => {
    let i = start
    const row = rows[i]
    const value = values[i]
    for (;;) {
      let child = 2 * i + 1
      if (child >= end) break
      if (child + 1 < end && worse(child + 1, rows[child], values[child])) child++
      if (!worse(child, row, value)) break
      rows[i] = rows[child]
      values[i] = values[child]
      i = child
    }
    rows[i] = row
    values[i] = value
  }
  return {
    wouldKeep: (row, value) => size < k || (k > 0 && worse(0, row, value)),
    offer(row, value) {
      if (size < k) {
        let i = size++
        while (i > 0) {
          const parent = (i - 1) >> 1
          // Move up while the parent is better than the new pair: the worst pair is kept on top.
          if (worse(parent, row, value)) break
          rows[i] = rows[parent]
          values[i] = values[parent]
          i = parent
        }
        rows[i] = row
        values[i] = value
      } else if (k > 0 && worse(0, row, value)) {
        rows[0] = row
        values[0] = value
        sink(0, size)
      }
    },
    take() {
      const taken = { rows: new Int32Array(size), values: new Float64Array(size) }
      while (size > 0) {
        size--
        taken.rows[size] = rows[0]
        taken.values[size] = values[0]
        rows[0] = rows[size]
        values[0] = values[size]
        if (size > 1) sink(0, size)
      }
      return taken
    },
  }
}

/**
 * The k largest entries of an array, largest first; `rows` are their positions. Entries of `-Infinity` are left out.
 */
export function topOf(values: ArrayLike<number>, k: number): { rows: Int32Array; values: Float64Array } {
  const top = createTopK(k)
  for (let row = 0; row < values.length; row++) if (values[row] > -Infinity) top.offer(row, values[row])
  return top.take()
}
