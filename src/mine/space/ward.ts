import type { Matrix } from '../../columns.js'

/**
 * Ward's method (1963) over weighted centroids: joins the two groups whose union increases the sum of squares least,
 * until `wanted` are left. `sizes`: items of each centroid. Returns centroid -> index of its group, from 0 on.
 */
export function joinByWard(centroids: Matrix, sizes: Float64Array, wanted: number): Int32Array {
  const n = centroids.rows
  const weights = sizes.slice()
  const means = Float32Array.from(centroids.data)
  const { dims } = centroids
  const owner = Int32Array.from({ length: n }, (_, i) => i)
  let alive = Array.from(owner)
  const cost = (a: number, b: number): number => {
    let distance = 0
    for (let d = 0; d < dims; d++) distance += (means[a * dims + d] - means[b * dims + d]) ** 2
    return (distance * weights[a] * weights[b]) / Math.max(weights[a] + weights[b], 1e-9)
  }
  const costs = new Float64Array(n * n)
  for (let a = 0; a < n; a++) for (let b = 0; b < a; b++) costs[a * n + b] = costs[b * n + a] = cost(a, b)
  while (alive.length > wanted) {
    let [best, x, y] = [Infinity, -1, -1]
    for (const a of alive) {
      for (const b of alive) {
        if (b >= a || costs[a * n + b] >= best) continue
        best = costs[a * n + b]
        x = b
        y = a
      }
    }
    const total = Math.max(weights[x] + weights[y], 1e-9)
    for (let d = 0; d < dims; d++) {
      means[x * dims + d] = (weights[x] * means[x * dims + d] + weights[y] * means[y * dims + d]) / total
    }
    weights[x] += weights[y]
    for (let i = 0; i < n; i++) if (owner[i] === y) owner[i] = x
    alive = alive.filter((i) => i !== y)
    for (const other of alive) if (other !== x) costs[x * n + other] = costs[other * n + x] = cost(x, other)
  }
  return owner.map((i) => alive.indexOf(i))
}
