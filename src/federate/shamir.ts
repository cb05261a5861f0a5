/** Powers of 3 in GF(256), modulo x^8 + x^4 + x^3 + x + 1. */
const EXP = new Uint8Array(510)
/** Logarithms to base 3 in GF(256). */
const LOG = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = x
  EXP[i + 255] = x
  LOG[x] = i
  x ^= (x << 1) ^ (x & 128 ? 0x11b : 0)
}

const multiply = (a: number, b: number) => (a === 0 || b === 0 ? 0 : EXP[LOG[a] + LOG[b]])
const divide = (a: number, b: number) => (a === 0 ? 0 : EXP[LOG[a] + 255 - LOG[b]])

/** A share of a secret: the values at `x` (1..255) of its polynomials, one a byte. */
export interface Share {
  x: number
  bytes: Uint8Array
}

/**
 * Splits a secret into `count` shares (at most 255; Shamir 1979, byte by byte over GF(256)): any `threshold` of them
 * give it back, fewer say nothing of it. `fill` fills an array with secret random bytes and returns it.
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

/**
 * The secret of `threshold` shares with distinct x, by Lagrange interpolation at 0. Shares that do not belong together
 * give other bytes, without an error.
 */
export function joinShares(shares: readonly Share[]): Uint8Array {
  const secret = new Uint8Array(shares[0].bytes.length)
  for (const { x, bytes } of shares) {
    let factor = 1
    for (const other of shares) if (other.x !== x) factor = multiply(factor, divide(other.x, other.x ^ x))
    for (let at = 0; at < secret.length; at++) secret[at] ^= multiply(bytes[at], factor)
  }
  return secret
}
