import { normalise } from './matrix.js'

/** Bits of a number of a stored vector: 32 is float32, 16 and 8 are whole numbers behind one float32 scale. */
export type Bits = 32 | 16 | 8

/**
 * Bits of stored vectors of texts. They take half the size of float32 and lose nothing that counts, so that what is
 * fitted of them is rounded once only.
 */
export const TEXT_BITS = 16
/** Bits of stored vectors of phrases: a quarter of the size, at a cosine above .9999 to the original. */
export const PHRASE_BITS = 8

/**
 * A vector as bytes for the store: with 32 bits its float32 numbers, else a float32 scale and whole numbers. In the
 * machine's byte order.
 */
export function writeVector(vector: Float32Array, bits: Bits): Uint8Array {
  if (bits === 32) return new Uint8Array(Float32Array.from(vector).buffer)
  const most = 2 ** (bits - 1) - 1
  const largest = vector.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)
  const bytes = new Uint8Array(4 + (vector.length * bits) / 8)
  new Float32Array(bytes.buffer, 0, 1)[0] = largest / most
  ;new (wholeNumbers(bits))(bytes.buffer, 4).set(vector.map((x) => Math.round((x / largest) * most)))
  return bytes
}

/**
 * Reads the bytes of `writeVector`; `dims` is the number of numbers. With 16 or 8 bits the vector comes back with unit
 * length.
 */
export function readVector(bytes: Uint8Array, bits: Bits, dims: number): Float32Array {
  const copy = Uint8Array.from(bytes)
  if (bits === 32) return new Float32Array(copy.buffer, 0, dims)
  const scale = new Float32Array(copy.buffer, 0, 1)[0]
  return normalise(Float32Array.from(new (wholeNumbers(bits))(copy.buffer, 4), (x) => x * scale))
}

function wholeNumbers(bits: 16 | 8): typeof Int16Array | typeof Int8Array {
  return bits === 16 ? Int16Array : Int8Array
}
