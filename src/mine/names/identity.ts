/** Characters of an id after its first letter. */
const ID_LENGTH = 10

/**
 * A stable id made from the id of an item: that of an interest (letter 'i') or a topic ('t'). The letter and ten
 * base-36 characters of two 32-bit FNV-1a hashes with different starts.
 */
export function hashAnchor(anchor: string, letter: 'i' | 't' = 'i'): string {
  const high = fnv1a(anchor, 0x811c9dc5)
  const low = fnv1a(anchor, high ^ 0x9e3779b9)
  const bits = (BigInt(high) << 32n) | BigInt(low)
  return `${letter}${(bits % 36n ** BigInt(ID_LENGTH)).toString(36).padStart(ID_LENGTH, '0')}`
}

function fnv1a(text: string, start: number): number {
  let hash = start >>> 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    hash = Math.imul(hash ^ (code & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (code >>> 8), 0x01000193)
  }
  return hash >>> 0
}
