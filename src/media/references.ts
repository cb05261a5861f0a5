import type { Modality } from '../types/items.js'

/** Larger files, in bytes, are not read. */
export const MOST_BYTES: Record<Modality, number> = { image: 32 << 20, audio: 64 << 20 }

/** Where the picture or sound of an item is to be found. */
export type Reference =
  /** Bytes kept beside the store, by their checksum (64 hexadecimal digits). */
  | { kind: 'kept'; checksum: string }
  /** An http or https address without user name or password. */
  | { kind: 'url'; url: URL }
  /** A path as it is written, or the path of a file: URL. */
  | { kind: 'file'; path: string }

const KEPT = 'sha256:'

/** The reference to bytes that are kept beside the store, as it stands in an item. */
export function keptReference(checksum: string): string {
  return `${KEPT}${checksum}`
}

/**
 * Reads the `image` or `audio` of an item. Null where it cannot be used: another scheme, an address with a password, a
 * NUL, or a file: URL with a host.
 */
export function readReference(written: string): Reference | null {
  if (written === '' || written.includes('\0')) return null
  if (written.startsWith(KEPT)) {
    const checksum = written.slice(KEPT.length)
    return /^[0-9a-f]{64}$/.test(checksum) ? { kind: 'kept', checksum } : null
  }
  // A single letter before a colon is a Windows drive, no scheme.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(written)?.[1].toLowerCase()
  if (scheme === undefined) return written.startsWith('//') ? null : { kind: 'file', path: written }
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'file') return null
  try {
    const url = new URL(written)
    if (scheme !== 'file') return url.username || url.password ? null : { kind: 'url', url }
    const path = decodeURIComponent(url.pathname).replace(/^\/([a-z]:)/i, '$1')
    return url.host || path.includes('\0') ? null : { kind: 'file', path }
  } catch {
    return null
  }
}
