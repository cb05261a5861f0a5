import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createMel } from '../../dist/encode/mel.js'
import { resample } from '../../dist/encode/resample.js'
import { decodeSound, type Sound } from '../../dist/encode/sound.js'
import { cutWindows } from '../../dist/encode/windows.js'
import { encodeWav } from '../../fixtures/sounds.mjs'

/** A third of a second of 440 Hz at 16,000 samples a second, written by libsndfile; `endless`: two minutes of one value. */
const FILES: Record<string, string> = JSON.parse(readFileSync(new URL('sounds.json', import.meta.url), 'utf8'))
const bytesOf = (name: string) => new Uint8Array(Buffer.from(FILES[name], 'base64'))
const tone = (hertz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: rate * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate))

/** The first page of an Ogg file, which holds the head of its codec, with another rate and its own checksum (RFC 3533). */
function withRate(vorbis: Uint8Array, rate: number): Buffer {
  const file = Buffer.from(vorbis)
  const head = file.subarray(0, 27 + file[26] + file[27])
  file.writeUInt32LE(rate, 27 + file[26] + 12)
  file.writeUInt32LE(0, 22)
  let sum = 0
  for (const byte of head) {
    sum ^= byte << 24
    for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1
  }
  file.writeUInt32LE(sum >>> 0, 22)
  return file
}

/** How often the middle of a sound crosses zero upwards, a second. */
function pitchOf({ samples, rate }: Sound): number {
  const [from, to] = [Math.round(samples.length * 0.25), Math.round(samples.length * 0.75)]
  let crossings = 0
  for (let i = from; i < to; i++) crossings += Number(samples[i - 1] < 0 && samples[i] >= 0)
  return (crossings * rate) / (to - from)
}

async function decode(bytes: Uint8Array, most = 30): Promise<Sound> {
  const sound = await decodeSound(bytes, most)
  if (typeof sound === 'string') throw new Error(sound)
  return sound
}

describe('sounds in files', () => {
  it.each(['mp3', 'flac', 'vorbis', 'opus'])('%s', async (name) => {
    const sound = await decode(bytesOf(name))
    // Opus knows 48,000 samples a second only.
    expect(sound.rate).toBe(name === 'opus' ? 48_000 : 16_000)
    expect(sound.samples.length / sound.rate).toBeGreaterThan(0.25)
    expect(sound.samples.length / sound.rate).toBeLessThan(0.45)
    expect(Math.abs(pitchOf(sound) - 440)).toBeLessThan(15)
  })

  it('WAV of several channels is their mean', async () => {
    const mono = encodeWav(tone(440, 16_000, 0.2))
    const stereo = Buffer.concat([mono.subarray(0, 44), Buffer.alloc(2 * (mono.length - 44))])
    stereo.writeUInt16LE(2, 22)
    stereo.writeUInt32LE(64_000, 28)
    stereo.writeUInt16LE(4, 32)
    stereo.writeUInt32LE(2 * (mono.length - 44), 40)
    for (let i = 0; i < 3200; i++) mono.copy(stereo, 44 + 4 * i, 44 + 2 * i, 46 + 2 * i)
    const [one, two] = [await decode(mono), await decode(stereo)]
    expect(two.samples.length).toBe(one.samples.length)
    expect(two.samples[10]).toBeCloseTo(one.samples[10] / 2, 4)
  })

  it('are read up to the second that is asked for', async () => {
    expect((await decode(encodeWav(tone(440, 16_000, 5)), 1)).samples.length).toBe(16_000)
    // Two minutes in 6 KB: what lies behind the first second is not unpacked.
    const before = process.memoryUsage().arrayBuffers
    expect((await decode(bytesOf('endless'), 1)).samples.length).toBe(16_000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8e6)
  })

  const wav = encodeWav(tone(440, 16_000, 0.5))
  const changed = (at: number, value: number, bytes = wav) => {
    const copy = Buffer.from(bytes)
    copy.writeUInt16LE(value, at)
    return copy
  }
  const floats = () => {
    const file = Buffer.concat([
      changed(20, 3).subarray(0, 44),
      Buffer.from(new Float32Array(4000).fill(Number.NaN).buffer),
    ])
    file.writeUInt16LE(4, 32)
    file.writeUInt16LE(32, 34)
    file.writeUInt32LE(16_000, 40)
    return file
  }
  it.each<[string, string, Uint8Array]>([
    ['no bytes', 'empty', new Uint8Array(0)],
    ['text', 'unknown-format', Buffer.from('<html>not a sound</html>')],
    ['a picture', 'unknown-format', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])],
    ['an MP4', 'unknown-format', Buffer.from('\x00\x00\x00\x20ftypM4A ')],
    ['a head alone', 'broken', wav.subarray(0, 44)],
    ['a head cut off', 'unknown-format', wav.subarray(0, 20)],
    ['silence', 'silent', encodeWav(new Float32Array(8000))],
    ['60,000 channels', 'unknown-format', changed(22, 60_000)],
    ['blocks of no size', 'unknown-format', changed(32, 0)],
    ['a block codec', 'unknown-format', changed(20, 2)],
    ['samples that are no numbers', 'broken', floats()],
    ['FLAC of which only the head is there', 'broken', bytesOf('flac').subarray(0, 60)],
    ['FLAC with a torn middle', 'broken', Buffer.concat([bytesOf('flac').subarray(0, 86), Buffer.alloc(3000, 0x55)])],
    ['Ogg without a page to follow', 'broken', bytesOf('vorbis').subarray(0, 200)],
    [
      'Ogg that says of itself 2,000,001 samples a second',
      'broken',
      Buffer.concat(Array.from({ length: 40 }, () => withRate(bytesOf('vorbis'), 2_000_001))),
    ],
    ['MP3 of nothing but a mark', 'broken', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(4000)])],
  ])('%s: %s', async (_what, why, bytes) => {
    expect(await decodeSound(new Uint8Array(bytes), 30)).toBe(why)
  })

  it('that end too soon are taken as far as they go', async () => {
    expect((await decode(new Uint8Array(wav.subarray(0, 44 + 4001)))).samples.length).toBe(2000)
    const mp3 = bytesOf('mp3')
    expect((await decode(mp3.subarray(0, mp3.length * 0.7))).samples.length).toBeGreaterThan(3000)
  })
})

describe('another rate', () => {
  it.each([
    [48_000, 16_000],
    [44_100, 48_000],
    [16_000, 22_050],
    [8000, 16_000],
  ])('%i to %i keeps what both can hold', (from, to) => {
    const made = resample(tone(440, from, 0.5), from, to)
    const wanted = tone(440, to, 0.5)
    expect(made.length).toBe(wanted.length)
    for (let i = to / 10; i < to * 0.4; i++) expect(Math.abs(made[i] - wanted[i])).toBeLessThan(2e-3)
  })

  it('leaves out what the new one cannot hold', () => {
    const made = resample(tone(11_000, 48_000, 0.5), 48_000, 16_000)
    expect(Math.max(...made.subarray(1600, 6400).map(Math.abs))).toBeLessThan(2e-3)
  })
})

describe('log-mel spectrograms', () => {
  const signal = (n: number, rate: number) =>
    Float32Array.from({ length: n }, (_, i) => {
      const t = i / rate
      const at = (hertz: number, phase = 0) => Math.sin(2 * Math.PI * hertz * t + phase)
      return 0.5 * at(440) + 0.25 * at(3000, 1) + 0.1 * at(200 + 4000 * t)
    })

  /** Frame, band, and what librosa 0.11.0 gives (numpy 2.4.6) for the same signal. */
  it('are those of librosa: CLAP', () => {
    const rows = [
      [0, 0, 12.947],
      [0, 5, 21.221],
      [0, 17, -5.75],
      [0, 40, -12.212],
      [0, 63, -39.244],
      [3, 0, -32.717],
      [3, 5, 14.952],
      [3, 17, -49.774],
      [3, 40, -96.327],
      [3, 63, -100],
      [10, 0, 9.736],
      [10, 5, 21.913],
      [10, 17, 5.195],
      [10, 40, -8.732],
      [10, 63, -36.011],
    ]
    const clap = { kind: 'mel', fft: 1024, hop: 480, bands: 64, from: 50, to: 14_000, scale: 'slaney' } as const
    const mel = createMel({ ...clap, norm: 'slaney', log: 'db', floor: 1e-10, centre: true }, 48_000)
    const { data, rows: frames } = mel(signal(4800, 48_000))
    expect(frames).toBe(11)
    // Far below the loudest bands, single precision tells in librosa.
    for (const [frame, band, value] of rows)
      expect(Math.abs(data[frame * 64 + band] - value)).toBeLessThan(value < -80 ? 3 : 0.02)
  })

  it('are those of librosa: the scale of HTK, frames that are not centred', () => {
    const rows = [
      [0, 0, -2.7385],
      [0, 3, 0.7767],
      [0, 11, -4.0018],
      [0, 25, -8.605],
      [7, 0, -4.5798],
      [7, 3, -3.3209],
      [7, 11, 1.2587],
      [7, 25, -8.2158],
      [7, 39, -10],
      [21, 0, -5.0618],
      [21, 3, -3.3833],
      [21, 11, -4.2173],
      [21, 25, -5.8148],
      [21, 39, -10],
    ]
    const htk = { kind: 'mel', fft: 512, hop: 160, bands: 40, from: 20, to: 7600, scale: 'htk', norm: 'none' } as const
    const mel = createMel({ ...htk, log: 'log10', floor: 1e-10, centre: false }, 16_000)
    const { data, rows: frames } = mel(signal(4000, 16_000))
    expect(frames).toBe(22)
    for (const [frame, band, value] of rows)
      expect(Math.abs(data[frame * 40 + band] - value)).toBeLessThan(value < -8 ? 0.3 : 0.01)
  })

  it('of a sound shorter than a frame have one frame, or none', () => {
    const mel = (centre: boolean) =>
      createMel(
        {
          kind: 'mel',
          fft: 512,
          hop: 160,
          bands: 8,
          from: 0,
          to: 8000,
          scale: 'htk',
          norm: 'none',
          log: 'ln',
          floor: 1e-10,
          centre,
        },
        16_000,
      )
    expect(mel(true)(tone(440, 16_000, 0.005)).rows).toBe(1)
    expect(mel(false)(tone(440, 16_000, 0.005)).rows).toBe(0)
  })
})

describe('windows', () => {
  const tower = {
    model: 'a.onnx',
    input: 'x',
    output: 'y',
    dims: 8,
    sampleRate: 8000,
    window: 0.5,
    hop: 0.25,
    most: 30,
    padding: 'zero',
    normalise: 'none',
    features: { kind: 'waveform', scale: 1 },
    shape: [1, 'samples'],
  } as Parameters<typeof cutWindows>[1]
  const sound = (seconds: number) => ({ samples: tone(440, 8000, seconds), rate: 8000 })

  it('follow each other by the hop; a tail that fills none is left', () => {
    expect(cutWindows(sound(1.1), tower).map(({ length }) => length)).toEqual([4000, 4000, 4000])
    expect(cutWindows(sound(1.1), { ...tower, hop: undefined })).toHaveLength(2)
  })

  it('of a short sound are filled up', () => {
    const [zero] = cutWindows(sound(0.2), tower)
    expect([zero.length, Math.max(...zero.subarray(1600))]).toEqual([4000, 0])
    const [repeated] = cutWindows(sound(0.2), { ...tower, padding: 'repeat' })
    expect(repeated[1601]).toBe(repeated[1])
    // Whole repeats alone.
    expect(Math.max(...repeated.subarray(3200))).toBe(0)
  })

  it('are equalised where the tower asks for it', () => {
    const [peak] = cutWindows(sound(0.5), { ...tower, normalise: 'peak' })
    expect(Math.max(...peak)).toBeCloseTo(1, 3)
    const [standard] = cutWindows(sound(0.5), { ...tower, normalise: 'standard' })
    expect(Math.sqrt(standard.reduce((sum, x) => sum + x * x, 0) / standard.length)).toBeCloseTo(1, 3)
  })
})
