import { InterestMineError } from '../errors.js'
import type { SetAside } from '../types/reports.js'
import { detectSound, RATES } from './formats.js'

/** A decoded sound: one channel of samples, -1..1. */
export interface Sound {
  samples: Float32Array
  /** Samples a second. */
  rate: number
}

/** A sound whose loudest sample is below this (-80 dB) is silent. */
const SILENCE = 1e-4
/** Shorter sounds, in seconds, are not used. */
const SHORTEST = 0.02

/**
 * Bytes that are decoded at a time, so that decoding of a small file that unpacks to an endless tone ends after `most`
 * seconds. WAV does not shrink, and its decoder searches the header from the start again with each piece.
 */
const PIECE = { wav: 1 << 16, mp3: 1 << 12, flac: 1 << 9, vorbis: 1 << 12, opus: 1 << 12 }

let loaded: Promise<typeof import('audio-decode').default> | undefined

/** Loads audio-decode on first use. Fails with NO_RUNTIME and the command that installs it. */
function loadDecoder(): Promise<typeof import('audio-decode').default> {
  loaded ??= import('audio-decode').then(
    (module) => module.default,
    (cause) => {
      const message = 'sounds are decoded by audio-decode, which is not installed; run: npm i audio-decode'
      throw new InterestMineError('NO_RUNTIME', message, {}, cause)
    },
  )
  return loaded
}

/**
 * The first `most` seconds of a sound as the mean of its channels. Or a word for why it cannot be used: empty,
 * unknown-format, broken, silent. Fails with NO_RUNTIME where audio-decode is not installed.
 */
export async function decodeSound(bytes: Uint8Array, most: number): Promise<Sound | SetAside> {
  if (bytes.length === 0) return 'empty'
  const format = detectSound(bytes)
  if (format === null) return 'unknown-format'
  const decode = await loadDecoder()
  const decoder = await decode[format === 'vorbis' ? 'oga' : format]()
  const parts: Float32Array[] = []
  let rate = 0
  let count = 0
  const take = ({ channelData, sampleRate }: { channelData: Float32Array[]; sampleRate: number }) => {
    if (channelData.length === 0) return
    rate ||= sampleRate
    parts.push(meanOf(channelData))
    count += channelData[0].length
  }
  try {
    for (let at = 0; at < bytes.length && !(count >= most * rate && count > 0); at += PIECE[format]) {
      take(await decoder(bytes.slice(at, at + PIECE[format])))
    }
    take(await decoder.flush())
  } catch {
    return 'broken'
  } finally {
    decoder.free()
  }
  if (!(count >= SHORTEST * rate) || !(rate >= RATES.least && rate <= RATES.most)) return 'broken'
  const samples = join(parts, Math.min(count, Math.ceil(most * rate)))
  let loudest = 0
  for (const x of samples) {
    if (!Number.isFinite(x)) return 'broken'
    loudest = Math.max(loudest, Math.abs(x))
  }
  return loudest < SILENCE ? 'silent' : { samples, rate }
}

function meanOf(channels: Float32Array[]): Float32Array {
  const sum = Float32Array.from(channels[0])
  for (const channel of channels.slice(1)) for (let i = 0; i < sum.length; i++) sum[i] += channel[i]
  return sum.map((x) => x / channels.length)
}

function join(parts: Float32Array[], length: number): Float32Array {
  const joined = new Float32Array(length)
  let at = 0
  for (const part of parts) {
    const rest = part.subarray(0, length - at)
    joined.set(rest, at)
    at += rest.length
  }
  return joined
}
