import { createRandom, drawOrder } from '../random.js'

/**
 * Who masks with whom (Bell et al. 2020): the clients of a round in a ring, its order drawn by the seed, each beside
 * the `degree` nearest, half on either side; all others where there are no more. Ascending lists, one a client.
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

/** Of so many neighbours, how many give back what one shared with them: more than half, so no two sets of them are apart. */
export function thresholdOf(neighbours: ArrayLike<number>): number {
  return (neighbours.length >> 1) + 1
}

/** Whether these clients hang together by being neighbours: only then is nothing known of them but the sum of all. */
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
