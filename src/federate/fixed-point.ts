import type { Random } from '../random.js'
import type { LocalUpdate } from './local.js'
import type { RoundSettings } from './settings.js'

/**
 * Whole numbers modulo 2^16 or 2^32; sums in the array wrap round. The first is the weight, the others are the update.
 */
export type Words = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** `length` zeros of 16 or 32 bits. */
export function createWords(bits: number, length: number): Words {
  return bits === 16 ? new Uint16Array(length) : new Uint32Array(length)
}

/** Views bytes as numbers of 16 or 32 bits, without a copy. */
export function wordsOf(bits: number, bytes: ArrayBuffer): Words {
  return bits === 16 ? new Uint16Array(bytes) : new Uint32Array(bytes)
}

/**
 * Steps between 0 and the largest number that one of `clients` clients may send, so that the sum of all does not wrap.
 */
export function levelsOf(bits: number, clients: number): number {
  return Math.floor((2 ** (bits - 1) - 1) / clients)
}

/**
 * Encodes an update in fixed point, times its weight: each number is cut off at `range`, multiplied by weight /
 * mostWeight, and counted in steps of range / levels. Numbers and weight are rounded up or down at random so that their
 * mean is exact (stochastic rounding, Gupta et al. 2015); otherwise many small weights would all round to 0. `clients`:
 * how many clients the roster has.
 */
export function encodeUpdate(
  { delta, weight }: Pick<LocalUpdate, 'delta' | 'weight'>,
  { bits, range, mostWeight }: RoundSettings,
  clients: number,
  random: Random,
): Words {
  const levels = levelsOf(bits, clients)
  const words = createWords(bits, delta.length + 1)
  // Two numbers are skipped: neighbouring seeds, which clients may have, start with similar ones.
  for (let k = 0; k < 2; k++) random.unit()
  words[0] = Math.floor((levels * weight) / mostWeight + random.unit())
  for (let i = 0; i < delta.length; i++) {
    const cut = Math.max(-range, Math.min(range, delta[i]))
    words[i + 1] = delta[i] === 0 ? 0 : Math.floor((words[0] * cut) / range + random.unit())
  }
  return words
}

/**
 * Decodes a sum of encoded updates of a roster of `clients` clients: the sum of the weights (each 0..1), and the sum of
 * the updates times their weights.
 */
export function decodeSum(
  words: Words,
  { bits, range }: RoundSettings,
  clients: number,
): { weight: number; sum: Float64Array } {
  const levels = levelsOf(bits, clients)
  const signed = bits === 16 ? new Int16Array(words.buffer) : new Int32Array(words.buffer)
  return { weight: words[0] / levels, sum: Float64Array.from(signed.subarray(1), (word) => (word * range) / levels) }
}
