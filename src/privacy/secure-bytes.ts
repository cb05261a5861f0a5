import { randomFillSync } from 'node:crypto'
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
