/** A node of the single-linkage tree: an item (no parts), or two nodes joined at a distance. */
interface Node {
  items: number[]
  distance: number
  parts: [Node, Node] | null
}

/** Smaller distances are taken for this one, so that equal items have no infinite density. */
const LEAST_DISTANCE = 1e-9

/**
 * Clusters a small set by HDBSCAN (Campello, Moulavi and Sander, PAKDD 2013): mutual reachability distances, their
 * single-linkage tree, and the clusters with the greatest total stability; never the whole set as one cluster.
 *
 * @param distances All distances between the n items, n x n, row after row.
 * @param least Smallest number of items of a cluster; also which neighbour the core distance reaches to, the item
 *   itself counted.
 * @returns The label of each item: clusters count from 0, noise is -1.
 */
export function hdbscan(distances: Float64Array, n: number, least: number): Int32Array {
  const labels = new Int32Array(n).fill(-1)
  if (n < 2) return labels
  const root = buildTree(reachability(distances, n, least), n)
  grow(root, 0, least).children.forEach((items, label) => {
    for (const item of items) labels[item] = label
  })
  return labels
}

function reachability(distances: Float64Array, n: number, least: number): Float64Array {
  const core = Float64Array.from({ length: n }, (_, i) => {
    const sorted = distances.slice(i * n, (i + 1) * n).sort()
    return sorted[Math.min(n, least) - 1]
  })
  return distances.map((distance, at) => Math.max(distance, core[Math.floor(at / n)], core[at % n]))
}

/** Single linkage: the edges of the minimum spanning tree (Prim), shortest first, join what they touch. */
function buildTree(gaps: Float64Array, n: number): Node {
  const nodes = Array.from({ length: n }, (_, i): Node => ({ items: [i], distance: 0, parts: null }))
  for (const { from, to, gap } of spanningTree(gaps, n)) {
    const [a, b] = [nodes[from], nodes[to]]
    const joined: Node = { items: [...a.items, ...b.items], distance: gap, parts: [a, b] }
    for (const item of joined.items) nodes[item] = joined
  }
  return nodes[0]
}

function spanningTree(gaps: Float64Array, n: number): { from: number; to: number; gap: number }[] {
  const edges: { from: number; to: number; gap: number }[] = []
  const nearest = gaps.slice(0, n)
  const via = new Int32Array(n)
  const left = new Set(Array.from({ length: n - 1 }, (_, i) => i + 1))
  while (left.size > 0) {
    let next = -1
    for (const i of left) if (next < 0 || nearest[i] < nearest[next]) next = i
    edges.push({ from: via[next], to: next, gap: nearest[next] })
    left.delete(next)
    for (const i of left) {
      if (gaps[next * n + i] >= nearest[i]) continue
      nearest[i] = gaps[next * n + i]
      via[i] = next
    }
  }
  return edges.sort((a, b) => a.gap - b.gap)
}

/** A cluster that was followed to its end. */
interface Grown {
  /** The best choice of clusters among this one and those below it, and its total stability. */
  stability: number
  chosen: number[][]
  /** The best choice among the clusters below alone; empty where this one never splits. */
  children: number[][]
}

/** Follows a cluster from its birth (a density, 1 / distance) until it splits into two clusters or dissolves. */
function grow(born: Node, birth: number, least: number): Grown {
  let own = 0
  for (let node = born; ; ) {
    const density = 1 / Math.max(node.distance, LEAST_DISTANCE)
    const large = (node.parts ?? []).filter((part) => part.items.length >= least)
    if (large.length === 1) {
      own += (density - birth) * (node.items.length - large[0].items.length)
      node = large[0]
      continue
    }
    own += (density - birth) * node.items.length
    if (large.length === 0) return { stability: own, chosen: [born.items], children: [] }
    const grown = large.map((part) => grow(part, density, least))
    const below = grown.reduce((sum, { stability }) => sum + stability, 0)
    const children = grown.flatMap(({ chosen }) => chosen)
    return below > own
      ? { stability: below, chosen: children, children }
      : { stability: own, chosen: [born.items], children }
  }
}
