import type { Matrix } from '../../columns.js'
import { dotRows } from '../../vectors/matrix.js'

/** How distances of unit vectors are measured: 1 - cosine (average linkage), or Euclidean (Ward, HDBSCAN). */
export type Unlikeness = 'cosine' | 'euclidean'

/** Distances of all pairs of rows of unit length, n x n, row after row. */
export function measurePairs(vectors: Matrix, by: Unlikeness): Float64Array {
  const n = vectors.rows
  const pairs = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const gap = Math.max(0, 1 - dotRows(vectors, i, vectors, j))
      pairs[i * n + j] = pairs[j * n + i] = by === 'cosine' ? gap : Math.sqrt(2 * gap)
    }
  }
  return pairs
}

/** A hierarchy of groups. */
export interface Dendrogram {
  /** Number of items; each is a group of its own at first, named by its position. */
  items: number
  /** In order: each merges the group `from` into the group `into` at a height (a distance); heights never fall. */
  merges: { into: number; from: number; height: number }[]
}

/**
 * Agglomerative clustering of a small set by the recurrences of Lance and Williams (1967), O(n^3). `pairs`: distances
 * of all pairs, n x n; for Ward's method Euclidean ones.
 */
export function buildDendrogram(pairs: Float64Array, n: number, method: 'average' | 'ward'): Dendrogram {
  const ward = method === 'ward'
  const gaps = ward ? pairs.map((gap) => gap * gap) : pairs.slice()
  const sizes = new Float64Array(n).fill(1)
  let alive = Array.from({ length: n }, (_, i) => i)
  const merges: Dendrogram['merges'] = []
  while (alive.length > 1) {
    let [least, a, b] = [Infinity, -1, -1]
    for (const i of alive) {
      for (const j of alive) {
        if (j >= i) break
        if (gaps[i * n + j] >= least) continue
        least = gaps[i * n + j]
        a = j
        b = i
      }
    }
    merges.push({ into: a, from: b, height: ward ? Math.sqrt(least) : least })
    alive = alive.filter((i) => i !== b)
    for (const k of alive) {
      if (k === a) continue
      const [toA, toB, own] = [gaps[k * n + a], gaps[k * n + b], sizes[k]]
      const joined = ward
        ? ((sizes[a] + own) * toA + (sizes[b] + own) * toB - own * least) / (sizes[a] + sizes[b] + own)
        : (sizes[a] * toA + sizes[b] * toB) / (sizes[a] + sizes[b])
      gaps[k * n + a] = gaps[a * n + k] = joined
    }
    sizes[a] += sizes[b]
  }
  return { items: n, merges }
}

/** The group of each item after all merges up to a height; groups are named by one of their items. */
export function cutDendrogram({ items, merges }: Dendrogram, height: number): Int32Array {
  const labels = Int32Array.from({ length: items }, (_, i) => i)
  for (const { into, from, height: at } of merges) {
    if (at > height) break
    for (let i = 0; i < items; i++) if (labels[i] === from) labels[i] = into
  }
  return labels
}
