/**
 * A picture format that is decoded. It is detected from the file's first bytes: names and media types that came with
 * the file may be wrong or malicious.
 */
export type PictureFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif'
/** A sound format that is decoded, detected likewise. */
export type SoundFormat = 'wav' | 'mp3' | 'flac' | 'vorbis' | 'opus'

/** The format of a picture; null for SVG, PDF, TIFF and all others, which are not decoded. */
export function detectPicture(bytes: Uint8Array): PictureFormat | null {
  if (starts(bytes, 0, [0xff, 0xd8, 0xff])) return 'jpeg'
  if (starts(bytes, 0, [0x89, 'PNG\r\n', 0x1a, '\n'])) return 'png'
  if (starts(bytes, 0, ['GIF87a']) || starts(bytes, 0, ['GIF89a'])) return 'gif'
  if (starts(bytes, 0, ['RIFF']) && starts(bytes, 8, ['WEBP'])) return 'webp'
  if (starts(bytes, 4, ['ftypavif']) || starts(bytes, 4, ['ftypavis'])) return 'avif'
  return null
}

/**
 * The format of a sound; null where it is not decoded. WAV files count only where they hold plain samples: block codecs
 * may unpack to any size.
 */
export function detectSound(bytes: Uint8Array): SoundFormat | null {
  if (starts(bytes, 0, ['RIFF']) && starts(bytes, 8, ['WAVE'])) return isPlainWav(bytes) ? 'wav' : null
  if (starts(bytes, 0, ['fLaC'])) return 'flac'
  if (starts(bytes, 0, ['OggS'])) {
    // The first page of an Ogg file holds only the codec's header, behind the page's table of segments.
    const at = 27 + (bytes[26] ?? 0)
    if (starts(bytes, at, ['OpusHead'])) return 'opus'
    return starts(bytes, at, [0x01, 'vorbis']) ? 'vorbis' : null
  }
  if (starts(bytes, 0, ['ID3']) || isMp3Frame(bytes)) return 'mp3'
  return null
}

function starts(bytes: Uint8Array, at: number, parts: (string | number)[]): boolean {
  let i = at
  for (const part of parts) {
    const codes = typeof part === 'number' ? [part] : [...part].map((c) => c.charCodeAt(0))
    for (const code of codes) if (bytes[i++] !== code) return false
  }
  return true
}

/** Channels that a sound may have. */
const MOST_CHANNELS = 8

/**
 * Sampling rates that a sound may have, in samples a second. A header that claims another one is wrong, and would cost
 * memory to resample.
 */
export const RATES = { least: 1000, most: 384_000 }
/** Format tags of plain samples: integers, floats, A-law and mu-law. */
const PLAIN_WAV = new Set([1, 3, 6, 7])
const EXTENSIBLE = 0xfffe

/** Whether a WAV file holds plain samples of an allowed rate and number of channels. */
function isPlainWav(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 12; at + 24 <= bytes.length; at += 8 + view.getUint32(at + 4, true)) {
    if (!starts(bytes, at, ['fmt '])) continue
    const tag = view.getUint16(at + 8, true)
    const codec = tag === EXTENSIBLE && at + 34 <= bytes.length ? view.getUint16(at + 32, true) : tag
    const channels = view.getUint16(at + 10, true)
    const rate = view.getUint32(at + 12, true)
    const block = view.getUint16(at + 20, true)
    const bits = view.getUint16(at + 22, true)
    return (
      PLAIN_WAV.has(codec) &&
      channels >= 1 &&
      channels <= MOST_CHANNELS &&
      block === (channels * bits) / 8 &&
      rate >= RATES.least &&
      rate <= RATES.most
    )
  }
  return false
}

/** Whether the bytes start with a frame of MPEG audio, layer 3. */
function isMp3Frame(bytes: Uint8Array): boolean {
  const [first, second, third] = bytes
  return first === 0xff && (second & 0xe6) === 0xe2 && (third & 0xf0) !== 0xf0 && (third & 0x0c) !== 0x0c
}
