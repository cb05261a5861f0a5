/** Bytes of a data: URI; null where the text is none or is not well formed. */
export function readDataUri(written: string): Uint8Array | null {
  const head = /^\s*data:([^,]{0,200}),/i.exec(written.slice(0, 300))
  if (!head) return null
  const body = written.slice(head[0].length)
  return /;\s*base64\s*$/i.test(head[1]) ? readBase64(body) : readEscaped(body)
}

/** Decodes base64, also in its URL form, percent-escaped, or without padding; null where it is malformed. */
function readBase64(body: string): Uint8Array | null {
  const digits = body
    .replace(/%3d|[\s=]/gi, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
  if (!/^[a-z0-9+/]*$/i.test(digits) || digits.length % 4 === 1) return null
  const binary = atob(digits)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

/** Decodes percent escapes: "%FF" is a byte, any other character its UTF-8. */
function readEscaped(body: string): Uint8Array {
  const written = new TextEncoder().encode(body)
  const bytes = new Uint8Array(written.length)
  let n = 0
  for (let i = 0; i < written.length; i++) {
    const code = written[i] === PERCENT ? Number.parseInt(String.fromCharCode(written[i + 1], written[i + 2]), 16) : -1
    bytes[n++] = code >= 0 ? code : written[i]
    if (code >= 0) i += 2
  }
  return bytes.subarray(0, n)
}

const PERCENT = 0x25
