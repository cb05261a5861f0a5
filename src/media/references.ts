/** Where an item's picture or sound is to be found. */
export type Reference =
  /** Bytes kept beside the store, by their checksum (64 hexadecimal digits). */
  | { kind: 'kept'; checksum: string }
  /** http or https, without a name or password in it. */
  | { kind: 'url'; url: URL }
  /** A path as it is written, or of a file: URL. */
  | { kind: 'file'; path: string }

const KEPT = 'sha256:'

/** The reference to bytes that are kept under a checksum. */
export function keptReference(checksum: string): string {
  return `${KEPT}${checksum}`
}

/** What an item's `image` or `audio` says; null where it is of no use: another scheme, NUL, a file: URL of a host. */
export function readReference(written: string): Reference | null {
  if (written === '' || written.includes('\0')) return null
  if (written.startsWith(KEPT)) {
    const checksum = written.slice(KEPT.length)
    return /^[0-9a-f]{64}$/.test(checksum) ? { kind: 'kept', checksum } : null
  }
  // One letter before a colon is a drive.
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

/** Bytes of a data: URI; null where it is none, or not well formed. */
export function readDataUri(written: string): Uint8Array | null {
  const found = /^data:([^,]*),/i.exec(written.slice(0, 300))
  if (!found) return null
  const body = written.slice(found[0].length)
  if (!/;\s*base64\s*$/i.test(found[1])) {
    try {
      return Uint8Array.from(unescapeBytes(body))
    } catch {
      return null
    }
  }
  const digits = body.replace(/[\s=]+|%3d/gi, '')
  if (!/^[a-z0-9+/_-]*$/i.test(digits) || digits.length % 4 === 1) return null
  const binary = atob(digits.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (c) => c.charCodeAt(0))
}

/** "%FF" is a byte; any other character is its UTF-8. */
function* unescapeBytes(body: string): Iterable<number> {
  for (const part of body.match(/%[0-9a-f]{2}|[^%]+|%/gi) ?? []) {
    if (/^%[0-9a-f]{2}$/i.test(part)) yield Number.parseInt(part.slice(1), 16)
    else yield* new TextEncoder().encode(part)
  }
}
