/**
 * Noise for differential privacy, drawn exactly: whole numbers and random bytes alone, so that no rounding of a float
 * leaks what it should hide (Mironov 2012). After Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential
 * Privacy" (2020). How long a draw takes depends on what is drawn.
 */

/**
 * Returns `count` random bytes. They must come from a cryptographic generator and be used once, or the noise hides
 * nothing.
 */
export type ByteSource = (count: number) => Uint8Array

/** A fraction of whole numbers; `under` is above 0. */
export interface Ratio {
  over: bigint
  under: bigint
}

/** A finite number as the exact fraction that it is. */
export function ratioOf(value: number): Ratio {
  let over = value
  let under = 1n
  while (!Number.isInteger(over)) {
    over *= 2
    under *= 2n
  }
  return { over: BigInt(over), under }
}

/** A whole number in [0, n), each equally likely. */
export function drawBelow(n: bigint, bytes: ByteSource): bigint {
  const bits = (n - 1n).toString(2).length
  const mask = (1n << BigInt(bits)) - 1n
  for (;;) {
    let drawn = 0n
    for (const byte of bytes(Math.ceil(bits / 8))) drawn = (drawn << 8n) | BigInt(byte)
    if ((drawn & mask) < n) return drawn & mask
  }
}

/** True with probability exp(-over / under); the fraction is 0 or more. */
export function drawExponential({ over, under }: Ratio, bytes: ByteSource): boolean {
  for (let whole = over / under; whole > 0n; whole--) {
    if (!drawPart({ over: 1n, under: 1n }, bytes)) return false
  }
  return drawPart({ over: over % under, under }, bytes)
}

/** The same for a fraction of at most 1: terms of the exponential series, one Bernoulli draw each. */
function drawPart({ over, under }: Ratio, bytes: ByteSource): boolean {
  let k = 1n
  while (drawBelow(under * k, bytes) < over) k++
  return k % 2n === 1n
}

/** Discrete Laplace noise: a whole number x with probability proportional to exp(-|x| / scale); `scale` is above 0. */
export function drawLaplace(scale: Ratio, bytes: ByteSource): number {
  const { over, under } = scale
  for (;;) {
    const rest = drawBelow(over, bytes)
    if (!drawExponential({ over: rest, under: over }, bytes)) continue
    let wholes = 0n
    while (drawExponential({ over: 1n, under: 1n }, bytes)) wholes++
    const size = (rest + over * wholes) / under
    const negative = drawBelow(2n, bytes) === 1n
    // Otherwise 0 would be drawn twice as often as it should, once for each sign.
    if (negative && size === 0n) continue
    return Number(negative ? -size : size)
  }
}

/**
 * Discrete Gaussian noise: a whole number x with probability proportional to exp(-x² / (2 variance)); `variance` is
 * above 0.
 */
export function drawGaussian(variance: Ratio, bytes: ByteSource): number {
  const { over, under } = variance
  const t = rootBelow(over / under) + 1n
  const scale = { over: t, under: 1n }
  for (;;) {
    const drawn = drawLaplace(scale, bytes)
    // (|x| - variance / t)² / (2 · variance), as one fraction.
    const gap = BigInt(Math.abs(drawn)) * t * under - over
    if (drawExponential({ over: gap * gap, under: 2n * t * t * under * over }, bytes)) return drawn
  }
}

/** The largest whole number whose square is not above n. */
function rootBelow(n: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(n))))
  while (root * root > n) root--
  while ((root + 1n) * (root + 1n) <= n) root++
  return root
}
