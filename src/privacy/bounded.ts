import type { Mechanism } from './budget.js'
import { type ByteSource, drawGaussian, drawLaplace, ratioOf } from './noise.js'

/** A topic of which a user has fewer items is not theirs. */
export const LEAST_ITEMS = 2

/**
 * The groups that a user counts for: those of most weight, `bound` at most, of which the user has two items or more; ties
 * go to the smaller number. `groups`: of each item, -1 for none; `weights` alongside.
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

/** Counts with noise; none is below 0. */
export function addNoise(counts: Int32Array, { name, scale }: Mechanism, bytes: ByteSource): Int32Array {
  const draw = name === 'discrete-laplace' ? drawLaplace : drawGaussian
  const size = ratioOf(name === 'discrete-laplace' ? scale : scale * scale)
  return counts.map((count) => Math.max(0, count + draw(size, bytes)))
}

/** All of so many empty counts stay below this with noise, but for one list in twenty. */
export function noiseFloor({ name, scale }: Mechanism, counts: number): number {
  const log = Math.log(Math.max(1, counts) / 0.05)
  return Math.ceil(name === 'discrete-laplace' ? scale * log : scale * Math.sqrt(2 * log))
}
