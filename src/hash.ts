import { createHash } from 'node:crypto'

/** 16 bytes that stand for a text: two texts of one hash do not happen. */
export function hashText(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16)
}

/** Stands for everything of an item: its JSON without the vector, and the vector. */
export function hashItem(json: string, vector: ArrayLike<number> | null): Uint8Array {
  return hashText(vector ? `${json} ${Array.from(vector).join(' ')}` : json)
}
