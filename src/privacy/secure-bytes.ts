import { randomFillSync } from 'node:crypto'
import type { Random } from '../random.js'
import type { ByteSource } from './noise.js'

const POOL_BYTES = 8192

/** Random bytes from the operating system's cryptographic generator, fetched 8 KiB at a time. */
export function openSecureBytes(): ByteSource {
  const pool = new Uint8Array(POOL_BYTES)
  let at = POOL_BYTES
  return (count) => {
    if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count))
    if (at + count > POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    at += count
    return pool.slice(at - count, at)
  }
}

/** Bytes that are fetched from the system at once. */
const SECRET_BYTES = 1 << 16
/** A number has 53 random bits: 21 upper and 32 lower ones. */
const HIGH_BITS = 21

/**
 * Unpredictable random numbers, from the operating system's cryptographic generator, for noise that protects people.
 */
export function createSecretRandom(): Random {
  const words = new Uint32Array(SECRET_BYTES / 4)
  let next = words.length
  const word = () => {
    if (next === words.length) {
      randomFillSync(words)
      next = 0
    }
    return words[next++]
  }
  const unit = () => ((word() >>> (32 - HIGH_BITS)) * 2 ** 32 + word()) / 2 ** 53
  return { unit, below: (n) => Math.floor(unit() * n) }
}
