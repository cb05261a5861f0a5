import { createHash } from 'node:crypto'
import type { ModalityVectors } from './columns.js'
import { MODALITIES } from './columns.js'
import type { Item } from './types/items.js'

/** 16 bytes that stand for a text: two texts of one hash do not happen. */
export function hashText(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16)
}

/** Stands for everything of an item: its JSON without vectors, the vector of its text, those of its picture and sound. */
export function hashItem(
  json: string,
  vector: ArrayLike<number> | null,
  vectors: NonNullable<Item['vectors']> = {},
): Uint8Array {
  const own = vector ? `${json} ${Array.from(vector).join(' ')}` : json
  const others = MODALITIES.flatMap((name) => (vectors[name] ? ` ${name} ${Array.from(vectors[name]).join(' ')}` : []))
  return hashText(own + others.join(''))
}

/** Stands for vectors of pictures and sounds: which rows have one, and what it is. */
export function hashVectors(modalities: readonly ModalityVectors[]): string {
  const hash = createHash('sha256')
  for (const { name, vectors, has } of modalities)
    hash.update(`${name} ${vectors.dims} `).update(has).update(vectors.data)
  return hash.digest('hex')
}
