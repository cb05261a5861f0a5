import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A stream of random numbers. */
export interface Random {
  /** A whole number in [0, n). */
  below(n: number): number
  /** In [0, 1). */
  unit(): number
}

/**
 * A stream of pseudo-random numbers (xoroshiro128+). The same seed gives the same stream on every machine. Not for
 * secrets. Only the lower 32 bits of the seed count.
 */
export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0)
  return {
    below: (n) => uniformInt(generator, 0, n - 1),
    unit: () => uniformFloat64(generator),
  }
}

/** Puts numbers into a random order, in place, and returns them (Fisher and Yates); every order is equally likely. */
export function shuffle(order: Int32Array, random: Random): Int32Array {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const swap = order[i]
    order[i] = order[j]
    order[j] = swap
  }
  return order
}

/** The whole numbers of [0, n) in a random order. */
export function drawOrder(n: number, random: Random): Int32Array {
  return shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    random,
  )
}

/** `count` distinct whole numbers of [0, n) in ascending order (all of them where n <= count). */
export function sampleBelow(random: Random, n: number, count: number): Int32Array {
  const picked = Int32Array.from({ length: n }, (_, i) => i)
  const size = Math.min(n, count)
  for (let i = 0; i < size; i++) {
    const j = i + random.below(n - i)
    const swap = picked[i]
    picked[i] = picked[j]
    picked[j] = swap
  }
  return picked.slice(0, size).sort()
}
