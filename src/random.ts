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

/** Pseudo-random numbers: the same seed gives the same stream on every machine. Not for secrets. */
export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0)
  return {
    below: (n) => uniformInt(generator, 0, n - 1),
    unit: () => uniformFloat64(generator),
  }
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
