import type { Strings } from '../columns.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Packs strings into one block of UTF-8. A catalogue then loads as fast as memory is copied, and only strings that are
 * shown are decoded.
 */
export function packStrings(strings: Iterable<string>): Strings {
  const packer = createStringPacker()
  for (const s of strings) packer.add(s)
  return packer.finish()
}

/** Packs strings one after another, so that the caller need not keep them. */
export interface StringPacker {
  /** Appends a string. */
  add(s: string): void
  /** All strings that were added, in order. */
  finish(): Strings
}

/** A packer without strings. */
export function createStringPacker(): StringPacker {
  let bytes = new Uint8Array(1024)
  let end = 0
  const offsets = [0]
  return {
    add(s) {
      // No UTF-16 unit takes more than three bytes.
      const most = end + 3 * s.length
      if (most > bytes.length) {
        const wider = new Uint8Array(Math.max(most, 2 * bytes.length))
        wider.set(bytes.subarray(0, end))
        bytes = wider
      }
      end += encoder.encodeInto(s, bytes.subarray(end)).written
      offsets.push(end)
    },
    finish: () => ({ bytes: bytes.slice(0, end), offsets: Uint32Array.from(offsets) }),
  }
}

/** String `i`, decoded. */
export function stringAt(strings: Strings, i: number): string {
  return decoder.decode(strings.bytes.subarray(strings.offsets[i], strings.offsets[i + 1]))
}

/** How many strings there are. */
export function countStrings(strings: Strings): number {
  return strings.offsets.length - 1
}

/** All strings, decoded. */
export function unpackStrings(strings: Strings): string[] {
  return Array.from({ length: countStrings(strings) }, (_, i) => stringAt(strings, i))
}
