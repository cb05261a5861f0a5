import { createHash } from 'node:crypto'
import type { ModalityVectors } from './columns.js'
import { MODALITIES } from './columns.js'
import type { Item } from './types/items.js'

/**
 * Hash of a text, 16 bytes: the first half of its SHA-256, so two texts with the same hash do not occur in practice.
 */
export function hashText(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16)
}

/**
 * Hash of a whole item, 16 bytes. `json`: the item as JSON without its vectors; `vector`: the vector of its text, null
 * where it has none; `vectors`: those of its picture and sound.
 */
export function hashItem(
  json: string,
  vector: ArrayLike<number> | null,
  vectors: NonNullable<Item['vectors']> = {},
): Uint8Array {
  const own = vector ? `${json} ${Array.from(vector).join(' ')}` : json
  const others = MODALITIES.flatMap((name) => (vectors[name] ? ` ${name} ${Array.from(vectors[name]).join(' ')}` : []))
  return hashText(own + others.join(''))
}

/** Hash (hexadecimal SHA-256) of the vectors of pictures and sounds: of which rows have one, and of the vectors. */
export function hashVectors(modalities: readonly ModalityVectors[]): string {
  const hash = createHash('sha256')
  for (const { name, vectors, has } of modalities)
    hash.update(`${name} ${vectors.dims} `).update(has).update(vectors.data)
  return hash.digest('hex')
}
