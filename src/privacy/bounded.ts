import type { Mechanism } from './budget.js'
import { type ByteSource, drawGaussian, drawLaplace, ratioOf } from './noise.js'

/** A user counts for a group only with at least this many of its items. */
export const LEAST_ITEMS = 2

/**
 * The groups that a user counts for: those with two of the user's items or more, at most `bound` of them, largest sum
 * of weights first, and of equal sums the smaller number. `groups`: the group of each of the user's items, -1 for none;
 * `weights`: the weight of each. Bounding the groups bounds what one user can change in the counts.
 */
export function boundGroups(groups: ArrayLike<number>, weights: ArrayLike<number>, bound: number): number[] {
  const held = new Map<number, { items: number; weight: number }>()
  for (let i = 0; i < groups.length; i++) {
    if (groups[i] < 0) continue
    const { items, weight } = held.get(groups[i]) ?? { items: 0, weight: 0 }
    held.set(groups[i], { items: items + 1, weight: weight + weights[i] })
  }
  return [...held]
    .filter(([, { items }]) => items >= LEAST_ITEMS)
    .sort((a, b) => b[1].weight - a[1].weight || a[0] - b[0])
    .slice(0, bound)
    .map(([group]) => group)
}

/** Counts with noise drawn from `bytes`; a count below 0 becomes 0. */
export function addNoise(counts: Int32Array, { name, scale }: Mechanism, bytes: ByteSource): Int32Array {
  const draw = name === 'discrete-laplace' ? drawLaplace : drawGaussian
  const size = ratioOf(name === 'discrete-laplace' ? scale : scale * scale)
  return counts.map((count) => Math.max(0, count + draw(size, bytes)))
}

/** A value that, with probability .95, none of `counts` counts exceeds by noise alone, where all of them are 0. */
export function noiseFloor({ name, scale }: Mechanism, counts: number): number {
  const log = Math.log(Math.max(1, counts) / 0.05)
  return Math.ceil(name === 'discrete-laplace' ? scale * log : scale * Math.sqrt(2 * log))
}
