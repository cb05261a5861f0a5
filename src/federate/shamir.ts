/** exp and log of GF(256) by the generator 3, modulo x^8 + x^4 + x^3 + x + 1. */
const EXP = new Uint8Array(510)
const LOG = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = x
  EXP[i + 255] = x
  LOG[x] = i
  x ^= (x << 1) ^ (x & 128 ? 0x11b : 0)
}

const multiply = (a: number, b: number) => (a === 0 || b === 0 ? 0 : EXP[LOG[a] + LOG[b]])
const divide = (a: number, b: number) => (a === 0 ? 0 : EXP[LOG[a] + 255 - LOG[b]])

/** A share of a secret: the value at `x` (1..255) of one polynomial a byte. */
export interface Share {
  x: number
  bytes: Uint8Array
}

/**
 * Shamir's shares of a secret (1979), byte by byte over GF(256): any `threshold` of the `count` (at most 255) give it
 * back, fewer say nothing. `fill` fills an array with secret random bytes.
 */
export function splitSecret(
  secret: Uint8Array,
  count: number,
  threshold: number,
  fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): Share[] {
  const coefficients = fill(new Uint8Array(secret.length * (threshold - 1)))
  return Array.from({ length: count }, (_, i) => ({
    x: i + 1,
    bytes: secret.map((constant, at) => {
      let value = 0
      for (let power = threshold - 2; power >= 0; power--)
        value = multiply(value ^ coefficients[at * (threshold - 1) + power], i + 1)
      return value ^ constant
    }),
  }))
}

/** The secret of `threshold` shares with distinct x: Lagrange's polynomial at 0. */
export function joinShares(shares: readonly Share[]): Uint8Array {
  const secret = new Uint8Array(shares[0].bytes.length)
  for (const { x, bytes } of shares) {
    let factor = 1
    for (const other of shares) if (other.x !== x) factor = multiply(factor, divide(other.x, other.x ^ x))
    for (let at = 0; at < secret.length; at++) secret[at] ^= multiply(bytes[at], factor)
  }
  return secret
}
