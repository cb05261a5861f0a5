import { normalise } from './matrix.js'

/** A vector as stored: float32, or int8 behind one float32 scale (a quarter of the size, cosine to the original > .9999). */
export function writeVector(vector: Float32Array, precision: 32 | 8): Uint8Array {
  if (precision === 32) return new Uint8Array(Float32Array.from(vector).buffer)
  const largest = vector.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)
  const bytes = new Uint8Array(4 + vector.length)
  new Float32Array(bytes.buffer, 0, 1)[0] = largest / 127
  new Int8Array(bytes.buffer, 4).set(vector.map((x) => Math.round((x / largest) * 127)))
  return bytes
}

export function readVector(bytes: Uint8Array, precision: 32 | 8, dims: number): Float32Array {
  const copy = Uint8Array.from(bytes)
  if (precision === 32) return new Float32Array(copy.buffer, 0, dims)
  const scale = new Float32Array(copy.buffer, 0, 1)[0]
  return normalise(Float32Array.from(new Int8Array(copy.buffer, 4), (x) => x * scale))
}
