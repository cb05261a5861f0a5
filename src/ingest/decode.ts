import { mendWindows1252 } from '../text.js'

/** A text encoding that files are read in. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030' | 'windows-1252'

/** Decodes a stream of bytes. The encoding is decided by the first bytes that are not ASCII. */
export interface Decoder {
  /** Null until a byte beyond ASCII came. */
  encoding: Encoding | null
  /** True once bytes came that the encoding does not have; in the text each of them is U+FFFD. */
  damaged: boolean
  /** The text of the next bytes. `last`: no more will come, so an unfinished character at the end is decoded too. */
  decode(bytes: Uint8Array, last?: boolean): string
}

const REPLACEMENT = '\ufffd'

/**
 * Text counts as UTF-8 with a few bad rows where it has at least this many valid characters beyond ASCII for each
 * broken one.
 */
const SOUND_PER_BROKEN = 4
/** GB18030 text has about two bytes of 128 or more a character; Latin text misread as GB18030 has about one. */
const MIN_HIGH_BYTES_PER_CHARACTER = 1.5
/** Bytes of the longest character of all encodings here. */
const LONGEST_CHARACTER = 4
/** Bytes with a larger share of NULs are no text, unless these lie as in UTF-16. */
const MAX_NUL_SHARE = 0.05

/**
 * A decoder for a file whose first bytes are `head`. These only serve to recognise UTF-16, and are passed to `decode`
 * again.
 */
export function createDecoder(head: Uint8Array): Decoder {
  let decoder: InstanceType<typeof TextDecoder> | null = null
  let carry = new Uint8Array(0)
  let literals = 0
  let tail = 0
  const setEncoding = (encoding: Encoding) => {
    state.encoding = encoding
    decoder = new TextDecoder(encoding)
  }
  const state: Decoder = {
    encoding: null,
    damaged: false,
    decode(chunk, last = false) {
      let bytes = chunk
      if (decoder === null) {
        if (carry.length > 0) bytes = concat(carry, chunk)
        const high = bytes.findIndex((byte) => byte >= 0x80)
        if (high === -1 || (!last && high > bytes.length - LONGEST_CHARACTER)) {
          // A few bytes at the end of a chunk do not show the encoding: keep them until more has come.
          carry = high === -1 ? new Uint8Array(0) : bytes.slice(high)
          return new TextDecoder().decode(high === -1 ? bytes : bytes.subarray(0, high))
        }
        setEncoding(guessEncoding(bytes))
      }
      const text = decoder!.decode(bytes, { stream: !last })
      if (state.encoding === 'windows-1252') return mendWindows1252(text)
      if (state.encoding === 'utf-8') [literals, tail] = countLiterals(bytes, literals, tail)
      if (!state.damaged && text.includes(REPLACEMENT)) {
        const replaced = count(text, REPLACEMENT)
        if (state.encoding !== 'utf-8' || replaced > literals) state.damaged = true
        literals = Math.max(0, literals - replaced)
      }
      return text
    },
  }
  const wide = guessWide(head)
  if (wide !== null) setEncoding(wide)
  return state
}

/** Whether bytes from the start of a file are no text in any encoding that is read. */
export function isBinary(head: Uint8Array): boolean {
  return guessWide(head) === null && countByte(head, 0, 1, 0) > MAX_NUL_SHARE * head.length
}

/** UTF-16, by its byte order mark or by NULs in every second byte; null where the bytes are not UTF-16. */
function guessWide(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (head.length < 2) return null
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const pairs = head.length >> 1
  const even = countByte(head, 0, 2, 0) / pairs
  const odd = countByte(head, 1, 2, 0) / pairs
  // Chinese text, too, has ASCII in its keys, commas and line ends.
  if (odd > 0.1 && even < odd / 10) return 'utf-16le'
  return even > 0.1 && odd < even / 10 ? 'utf-16be' : null
}

function guessEncoding(bytes: Uint8Array): Encoding {
  const utf8 = decodeCut(bytes, 'utf-8')
  const broken = count(utf8, REPLACEMENT) - countLiterals(bytes, 0, 0)[0]
  if (broken <= 0 || countBeyondAscii(utf8) - broken >= SOUND_PER_BROKEN * broken) return 'utf-8'
  const chinese = decodeCut(bytes, 'gb18030')
  if (chinese.includes(REPLACEMENT)) return 'windows-1252'
  const characters = countBeyondAscii(chinese)
  const han = chinese.match(/\p{Script=Han}/gu)?.length ?? 0
  let high = 0
  for (const byte of bytes) if (byte >= 0x80) high++
  return han * 2 >= characters && high >= MIN_HIGH_BYTES_PER_CHARACTER * characters ? 'gb18030' : 'windows-1252'
}

/** Decodes bytes that may end inside a character. */
function decodeCut(bytes: Uint8Array, encoding: Encoding): string {
  return new TextDecoder(encoding).decode(bytes, { stream: true })
}

/**
 * Adds to `found` the U+FFFD characters that the bytes themselves hold (EF BF BD), which are no damage. `tail`: bytes
 * of such a character, 0..2, that the bytes before ended with. Returns the count and the new tail.
 */
function countLiterals(bytes: Uint8Array, found: number, tail: number): [number, number] {
  let literals = found
  let i = 0
  if (tail === 1 && bytes[0] === 0xbf) {
    if (bytes.length === 1) return [literals, 2]
    if (bytes[1] === 0xbd) literals++
  } else if (tail === 2 && bytes[0] === 0xbd) literals++
  for (i = bytes.indexOf(0xef); i !== -1; i = bytes.indexOf(0xef, i + 1)) {
    if (bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) literals++
  }
  const n = bytes.length
  if (bytes[n - 1] === 0xef) return [literals, 1]
  return [literals, bytes[n - 2] === 0xef && bytes[n - 1] === 0xbf ? 2 : 0]
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function count(text: string, part: string): number {
  let n = 0
  for (let i = text.indexOf(part); i !== -1; i = text.indexOf(part, i + part.length)) n++
  return n
}

function countByte(bytes: Uint8Array, start: number, step: number, wanted: number): number {
  let n = 0
  for (let i = start; i < bytes.length; i += step) if (bytes[i] === wanted) n++
  return n
}

/** Characters beyond ASCII. */
function countBeyondAscii(text: string): number {
  let n = 0
  for (const c of text) if (c > '\u007f') n++
  return n
}
