import type { Random } from '../random.js'
import type { LocalUpdate } from './local.js'
import type { RoundSettings } from './settings.js'

/** Numbers modulo 2^16 or 2^32: adding to an array wraps by itself. The weight comes first, the update after it. */
export type Words = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

export function createWords(bits: number, length: number): Words {
  return bits === 16 ? new Uint16Array(length) : new Uint32Array(length)
}

export function wordsOf(bits: number, bytes: ArrayBuffer): Words {
  return bits === 16 ? new Uint16Array(bytes) : new Uint32Array(bytes)
}

/** Steps from 0 to the largest number that one of so many clients may send, so that the sum of all does not wrap. */
export function levelsOf(bits: number, clients: number): number {
  return Math.floor((2 ** (bits - 1) - 1) / clients)
}

/**
 * An update as words, weighed: each number, cut off at `range`, times weight / mostWeight, in steps of range / levels;
 * numbers and weight rounded up or down by chance so that the mean is true (Gupta et al. 2015), and many small clients
 * are not nothing.
 */
export function encodeUpdate(
  { delta, weight }: Pick<LocalUpdate, 'delta' | 'weight'>,
  { bits, range, mostWeight }: RoundSettings,
  clients: number,
  random: Random,
): Words {
  const levels = levelsOf(bits, clients)
  const words = createWords(bits, delta.length + 1)
  // The first two numbers of neighbouring seeds, as clients may have them, are much the same.
  for (let k = 0; k < 2; k++) random.unit()
  words[0] = Math.floor((levels * weight) / mostWeight + random.unit())
  for (let i = 0; i < delta.length; i++) {
    const cut = Math.max(-range, Math.min(range, delta[i]))
    words[i + 1] = delta[i] === 0 ? 0 : Math.floor((words[0] * cut) / range + random.unit())
  }
  return words
}

/** The sum of such words: that of the weights (each 0..1), and that of the weighed updates. */
export function decodeSum(
  words: Words,
  { bits, range }: RoundSettings,
  clients: number,
): { weight: number; sum: Float64Array } {
  const levels = levelsOf(bits, clients)
  const signed = bits === 16 ? new Int16Array(words.buffer) : new Int32Array(words.buffer)
  return { weight: words[0] / levels, sum: Float64Array.from(signed.subarray(1), (word) => (word * range) / levels) }
}
