import { randomFillSync } from 'node:crypto'
import type { Random } from '../random.js'
import type { ByteSource } from './noise.js'

const POOL_BYTES = 8192

/** Bytes from the operating system's cryptographic generator. */
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
/** 53 random bits: 21 above, 32 below. */
const HIGH_BITS = 21

/** Random numbers that nobody can foretell, from the system's cryptographic source: noise that hides people is drawn so. */
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
