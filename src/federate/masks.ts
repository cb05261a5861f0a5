import { type Words, wordsOf } from './fixed-point.js'
import { expand, type Purpose, type WebCrypto } from './keys.js'

/** Adds (sign 1) or subtracts (sign -1) the mask that is derived from a secret, in place; numbers wrap. */
export async function addMask(
  crypto: WebCrypto,
  words: Words,
  secret: Uint8Array<ArrayBuffer>,
  purpose: Purpose,
  sign: 1 | -1,
): Promise<void> {
  const mask = wordsOf(8 * words.BYTES_PER_ELEMENT, await expand(crypto, secret, purpose, words.byteLength))
  for (let i = 0; i < words.length; i++) words[i] += sign * mask[i]
}
