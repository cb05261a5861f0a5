/** What a file is, told from its first bytes: names and media types of strangers are not believed. */
export type PictureFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif'
export type SoundFormat = 'wav' | 'mp3' | 'flac' | 'vorbis' | 'opus'

/** One of the formats that are decoded, or null. SVG, PDF, TIFF and all others are none of them. */
export function detectPicture(bytes: Uint8Array): PictureFormat | null {
  if (starts(bytes, 0, [0xff, 0xd8, 0xff])) return 'jpeg'
  if (starts(bytes, 0, [0x89, 'PNG\r\n', 0x1a, '\n'])) return 'png'
  if (starts(bytes, 0, ['GIF87a']) || starts(bytes, 0, ['GIF89a'])) return 'gif'
  if (starts(bytes, 0, ['RIFF']) && starts(bytes, 8, ['WEBP'])) return 'webp'
  if (starts(bytes, 4, ['ftypavif']) || starts(bytes, 4, ['ftypavis'])) return 'avif'
  return null
}

/** As `tellPicture`. Of WAV only what holds plain samples: block codecs unpack without a bound. */
export function detectSound(bytes: Uint8Array): SoundFormat | null {
  if (starts(bytes, 0, ['RIFF']) && starts(bytes, 8, ['WAVE'])) return isPlainWav(bytes) ? 'wav' : null
  if (starts(bytes, 0, ['fLaC'])) return 'flac'
  if (starts(bytes, 0, ['OggS'])) {
    // The first page of an Ogg file holds the head of its codec alone, behind its table of segments.
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

const MOST_CHANNELS = 8
/** Samples a second that a sound may have: what a head says beyond them is no sound, and costs memory to resample. */
export const RATES = { least: 1000, most: 384_000 }
const PLAIN_WAV = new Set([1, 3, 6, 7])
const EXTENSIBLE = 0xfffe

/** Samples as they are (whole numbers, floats, A-law, mu-law), of a number of channels that sound may have. */
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

/** A frame of MPEG audio, layer 3. */
function isMp3Frame(bytes: Uint8Array): boolean {
  const [first, second, third] = bytes
  return first === 0xff && (second & 0xe6) === 0xe2 && (third & 0xf0) !== 0xf0 && (third & 0x0c) !== 0x0c
}
