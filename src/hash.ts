import { createHash } from 'node:crypto'

/** 16 bytes that stand for a text: two texts of one hash do not happen. */
export function hashText(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16)
}
