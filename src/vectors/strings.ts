import type { Strings } from '../types.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Packs strings into one block of UTF-8, so that a catalogue loads at the speed of a copy and decodes what is shown. */
export function packStrings(strings: readonly string[]): Strings {
  const parts = strings.map((s) => encoder.encode(s))
  const offsets = new Uint32Array(strings.length + 1)
  for (let i = 0; i < parts.length; i++) offsets[i + 1] = offsets[i] + parts[i].length
  const bytes = new Uint8Array(offsets[parts.length])
  for (let i = 0; i < parts.length; i++) bytes.set(parts[i], offsets[i])
  return { bytes, offsets }
}

export function stringAt(strings: Strings, i: number): string {
  return decoder.decode(strings.bytes.subarray(strings.offsets[i], strings.offsets[i + 1]))
}

export function countStrings(strings: Strings): number {
  return strings.offsets.length - 1
}

export function unpackStrings(strings: Strings): string[] {
  return Array.from({ length: countStrings(strings) }, (_, i) => stringAt(strings, i))
}
