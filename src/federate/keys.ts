/** The Web Cryptography API, as browsers, phones and Node.js have it: `globalThis.crypto`. */
export type WebCrypto = typeof globalThis.crypto
type Key = Awaited<ReturnType<WebCrypto['subtle']['importKey']>>

/** A pair of keys for one round, on the curve P-256, which every WebCrypto has. */
export interface KeyPair {
  secret: Key
  /** The public point, uncompressed, of PUBLIC_BYTES bytes. */
  public: Uint8Array<ArrayBuffer>
}

/** Bytes of a public key. */
export const PUBLIC_BYTES = 65
/** Bytes of a secret that is split into shares. */
export const SECRET_BYTES = 32
/** Bytes by which an encrypted text is longer than the text: nonce and tag. */
export const SEAL_BYTES = 28

const CURVE = { name: 'ECDH', namedCurve: 'P-256' }

/** Makes a fresh pair of keys. */
export async function makeKeys({ subtle }: WebCrypto): Promise<KeyPair> {
  const pair = await subtle.generateKey(CURVE, true, ['deriveBits'])
  return { secret: pair.privateKey, public: new Uint8Array(await subtle.exportKey('raw', pair.publicKey)) }
}

/** The number that a secret key is, 32 bytes, so that it can be split into shares. */
export async function exportSecret({ subtle }: WebCrypto, secret: Key): Promise<Uint8Array> {
  const { d } = await subtle.exportKey('jwk', secret)
  return fromBase64(d!)
}

/** The secret key of an exported number and its public key; fails where they do not belong together. */
export async function importSecret({ subtle }: WebCrypto, bytes: Uint8Array, publicKey: Uint8Array): Promise<Key> {
  const [x, y] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map(toBase64)
  return subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', d: toBase64(bytes), x, y, ext: true }, CURVE, true, [
    'deriveBits',
  ])
}

/** Fails where the bytes are no point of the curve. */
export async function checkPublic({ subtle }: WebCrypto, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await subtle.importKey('raw', bytes, CURVE, true, [])
}

/**
 * 32 bytes that only the holders of two key pairs can compute (ECDH), from one's secret key and the other's public key.
 */
export async function agree(
  { subtle }: WebCrypto,
  secret: Key,
  other: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const point = await subtle.importKey('raw', other, CURVE, true, [])
  return new Uint8Array(await subtle.deriveBits({ name: 'ECDH', public: point }, secret, 256))
}

/** What a secret is used for, and in which round: each use derives a key of its own. */
export interface Purpose {
  use: 'seal' | 'mask' | 'own mask'
  round: number
}

async function deriveKey(
  subtle: WebCrypto['subtle'],
  secret: Uint8Array<ArrayBuffer>,
  { use, round }: Purpose,
  cipher: 'AES-CTR' | 'AES-GCM',
): Promise<Key> {
  const material = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const info = new TextEncoder().encode(`interest-mine/federate ${use} ${round}`)
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info }
  return subtle.deriveKey(hkdf, material, { name: cipher, length: 256 }, false, ['encrypt', 'decrypt'])
}

/** Derives `length` pseudo-random bytes from a 32-byte secret: HKDF, then AES-CTR over zeros. */
export async function expand(
  { subtle }: WebCrypto,
  secret: Uint8Array<ArrayBuffer>,
  purpose: Purpose,
  length: number,
): Promise<ArrayBuffer> {
  const key = await deriveKey(subtle, secret, purpose, 'AES-CTR')
  return subtle.encrypt({ name: 'AES-CTR', counter: new Uint8Array(16), length: 64 }, key, new Uint8Array(length))
}

/**
 * Encrypts a text for the other holder of a secret (AES-GCM); returns nonce, ciphertext and tag. `about` is
 * authenticated and not sent.
 */
export async function seal(
  crypto: WebCrypto,
  secret: Uint8Array<ArrayBuffer>,
  round: number,
  text: Uint8Array<ArrayBuffer>,
  about: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await deriveKey(crypto.subtle, secret, { use: 'seal', round }, 'AES-GCM')
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: about }, key, text)
  return Uint8Array.of(...iv, ...new Uint8Array(sealed))
}

/** Decrypts a sealed text; fails where text, secret, round or `about` differ from those it was sealed with. */
export async function unseal(
  { subtle }: WebCrypto,
  secret: Uint8Array<ArrayBuffer>,
  round: number,
  sealed: Uint8Array<ArrayBuffer>,
  about: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await deriveKey(subtle, secret, { use: 'seal', round }, 'AES-GCM')
  const algorithm = { name: 'AES-GCM', iv: sealed.subarray(0, 12), additionalData: about }
  return new Uint8Array(await subtle.decrypt(algorithm, key, sealed.subarray(12)))
}

function toBase64(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
}
