import { createRandom, drawOrder } from '../random.js'

/**
 * Draws which clients mask with each other (Bell et al. 2020): the clients stand in a ring, in an order drawn by the
 * seed, and the `degree` nearest, half on either side, are neighbours; all others where there are no more. Returns the
 * places of each client's neighbours, ascending.
 */
export function drawNeighbours(clients: number, degree: number, seed: number): Int32Array[] {
  const order = drawOrder(clients, createRandom(seed))
  const lists = Array.from({ length: clients }, () => new Set<number>())
  order.forEach((client, at) => {
    for (let step = 1; step <= Math.min(degree >> 1, clients >> 1); step++) {
      const other = order[(at + step) % clients]
      if (other === client) continue
      lists[client].add(other)
      lists[other].add(client)
    }
  })
  return lists.map((list) => Int32Array.from(list).sort())
}

/**
 * How many of a client's neighbours must give back their shares of its secret: more than half, so that no two disjoint
 * groups of them can.
 */
export function thresholdOf(neighbours: ArrayLike<number>): number {
  return (neighbours.length >> 1) + 1
}

/**
 * Whether these clients form one connected graph by being neighbours. Only then does their masked sum give away nothing
 * but the sum of all of them.
 */
export function areConnected(neighbours: readonly Int32Array[], clients: Iterable<number>): boolean {
  const left = new Set(clients)
  const [first] = left
  if (first === undefined) return false
  left.delete(first)
  const reached = [first]
  for (const client of reached) {
    for (const other of neighbours[client]) if (left.delete(other)) reached.push(other)
  }
  return left.size === 0
}
